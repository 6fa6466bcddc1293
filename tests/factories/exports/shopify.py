"""Orders and products in the form of Shopify's exports."""

import random
from decimal import Decimal

from factories.exports.files import ExportRow

SHOPIFY_HEAD = {
    "Name": "#1001",
    "Email": "ann@example.com",
    "Financial Status": "paid",
    "Currency": "EUR",
    "Subtotal": "20.00",
    "Shipping": "0.00",
    "Taxes": "0.00",
    "Total": "20.00",
    "Discount Amount": "0.00",
    "Created at": "2024-03-05 23:30:00 -0500",
    "Billing Name": "Ann van Lee",
    "Billing City": "Gent",
    "Billing Country": "BE",
    "Billing Phone": "",
    "Shipping Street": "Flat 4\nElm Street",
    "Cancelled at": "",
    "Payment Method": "Stripe",
    "Refunded Amount": "0.00",
}
SHOPIFY_LINE = {
    "Lineitem quantity": "2",
    "Lineitem name": "Tee - S",
    "Lineitem price": "10.00",
    "Lineitem sku": "TEE-S",
    "Lineitem discount": "0.00",
    "Vendor": "Acme",
    "Tags": "",
}
SHOPIFY_PRODUCT = {
    "Handle": "tee",
    "Title": "Tee",
    "Vendor": "Acme",
    "Type": "Shirts",
    "Option1 Value": "S",
    "Variant SKU": "TEE-S",
    "Variant Price": "10.00",
    "Variant Inventory Qty": "7",
    "Cost per item": "4.00",
    "Image Src": "",
}


def shopify_order(*lines: ExportRow, **head: str) -> list[ExportRow]:
    """Return the rows of an order: the head's columns are filled on the first alone."""
    named = {name.replace("_", " "): value for name, value in head.items()}
    filled = SHOPIFY_HEAD | named
    blank = dict.fromkeys(SHOPIFY_HEAD, "") | {name: filled[name] for name in ("Name", "Email")}
    return [
        SHOPIFY_LINE | dict(line) | (blank if number else filled)
        for number, line in enumerate(lines or [{}])
    ]


def line(quantity: str = "2", price: str = "10.00", sku: str = "TEE-S", **more: str) -> ExportRow:
    """Return what a line of a Shopify order says."""
    named = {f"Lineitem {name}": value for name, value in more.items()}
    return {"Lineitem quantity": quantity, "Lineitem price": price, "Lineitem sku": sku} | named


def shopify_orders(rng: random.Random, count: int) -> list[ExportRow]:
    """Return the rows of random orders, with discounts of all kinds and amounts that agree."""
    return [row for number in range(count) for row in _random_order(rng, number)]


def _random_order(rng: random.Random, number: int) -> list[ExportRow]:
    lines, net, line_discounts = [], Decimal(0), Decimal(0)
    for _ in range(rng.randint(1, 6)):
        quantity, price = rng.randint(1, 400), Decimal(rng.randint(1, 90_000)) / 100
        discount = Decimal(rng.choice((0, 0, rng.randint(0, int(quantity * price * 100))))) / 100
        sku = f"SKU-{rng.randint(1, 40)}"
        lines.append(
            line(str(quantity), f"{price}", sku, name=f"Thing {sku}", discount=f"{discount}")
        )
        net, line_discounts = net + quantity * price - discount, line_discounts + discount
    spread = Decimal(rng.choice((0, 0, rng.randint(0, int(net * 100))))) / 100
    status = rng.choice(("paid", "paid", "paid", "partially_refunded", "pending"))
    head = {
        "Subtotal": f"{net - spread}",
        "Discount Amount": f"{spread + rng.choice((Decimal(0), line_discounts))}",
        "Financial Status": status,
        "Email": rng.choice(("", f"person{rng.randint(1, 50)}@example.com")),
        "Created at": f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 28):02} 12:00:00 +0530",
    }
    return shopify_order(*lines, Name=f"#{number}", **head)
