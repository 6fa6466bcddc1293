"""Exports of other shop systems, written row by row in the form that their documentation gives."""

import csv
import random
import zipfile
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

from loader.contract import REQUIRED_TABLES, TABLES

ExportRow = Mapping[str, str]

# What most exports lack and no product can do without.
COST_AND_STOCK = {"products.cost": "60%", "products.stock_quantity": "0"}

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
WOOCOMMERCE_ROW = {
    "order_id": "501",
    "order_number": "501",
    "date": "2024-03-05 10:00:00",
    "status": "completed",
    "shipping_total": "5.00",
    "shipping_tax_total": "1.00",
    "fee_total": "0.00",
    "fee_tax_total": "0.00",
    "tax_total": "5.00",
    "order_total": "30.00",
    "refunded_total": "0.00",
    "order_currency": "GBP",
    "payment_method": "stripe",
    "billing_first_name": "Ann",
    "billing_last_name": "Lee",
    "billing_email": "ann@example.com",
    "billing_phone": "",
    "item_name": "Mug",
    "item_sku": "MUG",
    "item_quantity": "2",
    "item_subtotal": "20.00",
    "item_total": "20.00",
}
WOOCOMMERCE_PRODUCT = {
    "ID": "44",
    "Type": "simple",
    "SKU": "MUG",
    "Name": "Mug",
    "Regular price": "10.00",
    "Stock": "3",
    "Categories": "Home > Kitchen, Gifts",
    "Parent": "",
    "Cost of goods": "4.00",
}
RETAIL_LINE = {
    "InvoiceNo": "536365",
    "StockCode": "85123A",
    "Description": "WHITE HANGING HEART",
    "Quantity": "6",
    "InvoiceDate": "12/13/2010 8:26",
    "UnitPrice": "2.55",
    "CustomerID": "17850.0",
    "Country": "United Kingdom",
}
SUPERSTORE_LINE = {
    "Row ID": "1",
    "Order ID": "CA-2016-152156",
    "Order Date": "11/18/2016",
    "Ship Date": "11/21/2016",
    "Customer ID": "CG-12520",
    "Customer Name": "Claire Gute",
    "Country": "United States",
    "City": "Henderson",
    "State": "Kentucky",
    "Product ID": "FUR-BO-10001798",
    "Category": "Furniture",
    "Sub-Category": "Bookcases",
    "Product Name": "Bookcase",
    "Sales": "261.96",
    "Quantity": "2",
    "Discount": "0",
    "Profit": "41.9136",
}

OLIST_ORDER, OLIST_CUSTOMER, OLIST_PERSON, OLIST_PRODUCT = "a" * 32, "b" * 32, "c" * 32, "d" * 32


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


def write_export(
    path: Path,
    rows: Iterable[ExportRow],
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
    line_end: str = "\n",
) -> Path:
    """Write rows as a CSV file, with the columns of the first."""
    rows = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter, lineterminator=line_end)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_made(folder: Path, table: str) -> list[dict[str, str]]:
    """Return the rows of a file that a conversion has written."""
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_olist(
    folder: Path,
    orders: list[dict[str, str]],
    items: list[dict[str, str]],
    payments: list[dict[str, str]],
) -> None:
    order = {
        "order_id": OLIST_ORDER,
        "customer_id": OLIST_CUSTOMER,
        "order_status": "delivered",
        "order_purchase_timestamp": "2017-10-02 10:56:33",
        "order_approved_at": "",
    }
    item = {
        "order_id": OLIST_ORDER,
        "order_item_id": "1",
        "product_id": OLIST_PRODUCT,
        "seller_id": "s",
        "price": "29.99",
        "freight_value": "8.72",
    }
    payment = {"order_id": OLIST_ORDER, "payment_type": "credit_card", "payment_value": "38.71"}
    write_export(folder / "in" / "olist_orders_dataset.csv", [order | each for each in orders])
    write_export(folder / "in" / "olist_order_items_dataset.csv", [item | each for each in items])
    write_export(
        folder / "in" / "olist_order_payments_dataset.csv", [payment | each for each in payments]
    )
    write_export(
        folder / "in" / "olist_customers_dataset.csv",
        [
            {
                "customer_id": each,
                "customer_unique_id": OLIST_PERSON,
                "customer_city": "sao paulo",
                "customer_state": "SP",
            }
            for each in sorted({order.get("customer_id", OLIST_CUSTOMER) for order in orders})
        ],
    )
    write_export(
        folder / "in" / "olist_products_dataset.csv",
        [
            {
                "product_id": OLIST_PRODUCT,
                "product_category_name": "perfumaria",
                "product_photos_qty": "1",
            }
        ],
    )
    write_export(
        folder / "in" / "product_category_name_translation.csv",
        [{"product_category_name": "perfumaria", "product_category_name_english": "perfumery"}],
        encoding="utf-8-sig",
    )


def write_ours(folder: Path, **changes: dict[str, str]) -> None:
    values = {
        "registration_date": "31/01/2024",
        "transaction_date": "28/02/2024",
        "transaction_time": "10:00",
        "email": "a@b.co",
        "quantity": "2",
        "price": "1.000,50",
        "unit_price": "1.000,50",
        "cost": "600,00",
        "stock_quantity": "3",
        "discount_percentage": "0",
        "line_total": "2.001,00",
        "total_amount": "2.001,00",
    }
    for table in REQUIRED_TABLES:
        columns = TABLES[table]
        row = {name.replace("_", " ").title(): values.get(name, f"{name[:3]}1") for name in columns}
        row |= changes.get(table, {})
        write_export(
            folder / "in" / f"{table[:-1]}-list.csv", [row], delimiter=";", encoding="utf-8-sig"
        )


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


def write_workbook(path: Path, **sheets: list[list[str | float]]) -> Path:
    """Write an Excel workbook with the least that makes one; a float is a number, or a date.

    Numbers above 40,000 with a fraction are shown as dates, as spreadsheets keep these.
    """
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {f"sheet{at}": rows for at, rows in enumerate(sheets.values(), start=1)}
    entries = "".join(
        f'<sheet name="{name}" sheetId="{at}" r:id="sheet{at}"/>'
        for at, name in enumerate(sheets, start=1)
    )
    links = "".join(
        f'<Relationship Id="{part}" Type="{office}/worksheet" Target="worksheets/{part}.xml"/>'
        for part in parts
    )
    styles = f'<Relationship Id="styles" Type="{office}/styles" Target="styles.xml"/>'
    start = f'<Relationship Id="book" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
    forms = '<cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs>'
    texts = {
        "_rels/.rels": f'<Relationships xmlns="{package}">{start}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}">'
        f"<sheets>{entries}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">{links}{styles}'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{main}">{forms}</styleSheet>',
    }
    for part, rows in parts.items():
        data = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
        texts[f"xl/worksheets/{part}.xml"] = (
            f'<worksheet xmlns="{main}"><sheetData>{data}</sheetData></worksheet>'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as book:
        for name, text in texts.items():
            book.writestr(name, text)
    return path


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c s="{int(value > 40_000 and not value.is_integer())}"><v>{value}</v></c>'
