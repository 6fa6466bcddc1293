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
AGE_GROUPS = ("18-25", "26-35", "36-45", "60+", "")  # of some it is not known
METHODS = ["UPI", "Credit Card", "Cash on Delivery", "Net Banking"]


@dataclass(frozen=True)
class Style:
    """Hold how a small shop differs from others; a day has one of `orders`, at random.

    Without `returned` it delivers no returns.
    """

    first: date = FIRST
    orders: Sequence[int] = (0, 1, 1, 2, 3)
    places: Sequence[tuple[str, str]] = PLACES
    categories: Sequence[str] = CATEGORIES
    products: int = 30
    returned: float = 0  # of the items


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


@pytest.fixture(scope="session")
def returning_shop(kept_shop: KeptShop) -> Iterator[tuple[str, Path]]:
    """Yield the database and the folder of the same shop, of which goods come back."""

    def fill(root: Path) -> None:
        batch = deliver(root / "batch", Style(returned=0.15))
        run_well(TODAY.isoformat(), batch, "load", "build")

    with kept_shop("returning_shop", fill) as shop:
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


@pytest.fixture
def returning_mart(
    returning_shop: tuple[str, Path],
    server_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Point at the database of the shop of which goods come back."""
    for variable, value in (server_environment | {"PGDATABASE": returning_shop[0]}).items():
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
    returns = list(_returns(rng, items, transactions, style)) if style.returned else None
    items.append(an_item(len(items) + 1, 1, quantity="0", line_total="0"))  # for the quarantine
    tables = {
        "customers": customers,
        "products": products,
        "transactions": transactions,
        "transaction_items": items,
    }
    return tables if returns is None else tables | {"returns": returns}


def _returns(rng: random.Random, items: Rows, transactions: Rows, style: Style) -> Iterator[CsvRow]:
    """Yield returns of some items, up to 60 days after their sale: of one unit, or of all."""
    sold_on = {row["transaction_id"]: row["transaction_date"] for row in transactions}
    for number, item in enumerate(items, start=1):
        sold = date.fromisoformat(sold_on[item["transaction_id"]])
        day = sold + timedelta(days=rng.randint(0, 60))
        if rng.random() > style.returned or day > TODAY:
            continue
        sold_quantity = int(item["quantity"])
        quantity = rng.choice([1, sold_quantity])
        refund = int(100 * float(item["line_total"]) * quantity / sold_quantity) / 100
        yield a_return(
            number,
            number,
            day.isoformat(),
            quantity=str(quantity),
            refund_amount=f"{refund:.2f}",
            reason=rng.choice(["Too small", "Broken", "Not as shown", ""]),
        )


def _customer(rng: random.Random, number: int, style: Style) -> CsvRow:
    country, state = rng.choice(style.places)
    return a_customer(
        number,
        first_name=f"Asha{number}",
        country=country,
        state=state,
        age_group=AGE_GROUPS[number % len(AGE_GROUPS)],
    )


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
