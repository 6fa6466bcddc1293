"""Small shops; that of fourteen months is published once per session: enough of all to be shown."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from factories.days import (
    CsvRow,
    KeptShop,
    Rows,
    a_customer,
    a_product,
    a_return,
    a_transaction,
    an_item,
    run_well,
    write_batch,
)

FIRST, TODAY = date(2025, 1, 20), date(2026, 3, 17)
PLACES = (
    ("India", "Goa"),
    ("India", "Kerala"),
    ("India", "Maharashtra"),
    ("India", "Punjab"),
    ("Nepal", "Bagmati"),
)
CATEGORIES = ("Electronics", "Clothing", "Home & Kitchen", "Books", "Sports", "Beauty")
METHODS = ["UPI", "Credit Card", "Cash on Delivery", "Net Banking"]


@dataclass(frozen=True)
class Style:
    """Hold how a small shop differs from others; a day has one of `orders`, at random."""

    first: date = FIRST
    orders: Sequence[int] = (0, 1, 1, 2, 3)
    places: Sequence[tuple[str, str]] = PLACES
    categories: Sequence[str] = CATEGORIES
    products: int = 30
    returned: int = 0  # one in so many lines comes back; 0 for none


def deliver(folder: Path, style: Style) -> Path:
    """Write a batch of everything that a small shop has."""
    return write_batch(folder, **_tables(random.Random(7), style))  # noqa: S311


@pytest.fixture(scope="session")
def small_shop(kept_shop: KeptShop) -> Iterator[tuple[str, Path]]:
    """Yield the database, to be read or copied, and the folder of the published shop."""

    def fill(root: Path) -> None:
        run_well(TODAY.isoformat(), deliver(root / "batch", Style()), "load", "build")

    with kept_shop("small_shop", fill) as shop:
        yield shop


@pytest.fixture
def small_mart(
    small_shop: tuple[str, Path],
    server_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Point at the small shop's database, which tests only read."""
    for variable, value in (server_environment | {"PGDATABASE": small_shop[0]}).items():
        monkeypatch.setenv(variable, value)


@pytest.fixture(scope="session")
def shop_with_returns(kept_shop: KeptShop) -> Iterator[tuple[str, Path]]:
    """Yield the database and the folder of a published shop to which goods come back."""

    def fill(root: Path) -> None:
        run_well(TODAY.isoformat(), deliver(root / "batch", Style(returned=6)), "load", "build")

    with kept_shop("shop_with_returns", fill) as shop:
        yield shop


@pytest.fixture
def mart_with_returns(
    shop_with_returns: tuple[str, Path],
    server_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Point at the database of the shop with returns, which tests only read."""
    for variable, value in (server_environment | {"PGDATABASE": shop_with_returns[0]}).items():
        monkeypatch.setenv(variable, value)


def _tables(rng: random.Random, style: Style) -> dict[str, Rows]:
    customers = [_customer(rng, number, style) for number in range(1, 71)]
    products = [_product(rng, number, style) for number in range(1, style.products + 1)]
    transactions: Rows = []
    items: Rows = []
    for day in range((TODAY - style.first).days + 1):
        for _ in range(rng.choice(style.orders)):
            lines = _lines(rng, len(items), len(transactions) + 1, products)
            items += lines
            transactions.append(
                a_transaction(
                    len(transactions) + 1,
                    (style.first + timedelta(days=day)).isoformat(),
                    # few buy often
                    customer_id=f"CUST{min(rng.randint(1, 70), rng.randint(1, 70)):04}",
                    transaction_time=f"{rng.choice([8, 12, 13, 19, 20, 22]):02}:15:00",
                    payment_method=rng.choice(METHODS),
                    total_amount=f"{sum(float(line['line_total']) for line in lines):.2f}",
                )
            )
    returns = _returns(items, transactions, style)
    items.append(an_item(len(items) + 1, 1, quantity="0", line_total="0"))  # for the quarantine
    tables = {
        "customers": customers,
        "products": products,
        "transactions": transactions,
        "transaction_items": items,
    }
    return tables | ({"returns": returns} if returns else {})


def _returns(items: Rows, transactions: Rows, style: Style) -> Rows:
    """Return one unit of some lines, most of its price paid back some days later."""
    days = {row["transaction_id"]: row["transaction_date"] for row in transactions}
    found: Rows = []
    for number, item in enumerate(items, 1):
        if not style.returned or number % style.returned:
            continue
        day = date.fromisoformat(days[item["transaction_id"]]) + timedelta(days=number % 40)
        refund = 0.9 * float(item["line_total"]) / int(item["quantity"])
        day = min(day, TODAY)
        found.append(
            a_return(len(found) + 1, number, day.isoformat(), refund_amount=f"{refund:.2f}")
        )
    return found


def _customer(rng: random.Random, number: int, style: Style) -> CsvRow:
    country, state = rng.choice(style.places)
    return a_customer(number, first_name=f"Asha{number}", country=country, state=state)


def _product(rng: random.Random, number: int, style: Style) -> CsvRow:
    price = rng.randint(20, 4000) + rng.randint(0, 99) / 100
    return a_product(
        number,
        product_name=f"Thing {number // 2}",  # names are not unique
        category=rng.choice(style.categories),
        brand=f"Brand {rng.randint(1, 8)}",
        price=f"{price:.2f}",
        cost=f"{price * rng.uniform(0.4, 0.9):.2f}",
        stock_quantity=str(rng.randint(0, 90)),
    )


def _lines(rng: random.Random, before: int, transaction: int, products: Rows) -> Rows:
    lines: Rows = []
    for product in rng.sample(products, rng.randint(1, 3)):
        quantity, discount = rng.randint(1, 3), rng.choice([0, 0, 5, 10, 20, 40, 60])
        price = float(product["price"])
        lines.append(
            an_item(
                before + len(lines) + 1,
                transaction,
                product_id=product["product_id"],
                quantity=str(quantity),
                unit_price=f"{price:.2f}",
                discount_percentage=str(discount),
                line_total=f"{round(quantity * price * (100 - discount) / 100 + 1e-9, 2):.2f}",
            )
        )
    return lines
