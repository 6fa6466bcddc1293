"""A day's build reads the day's rows and what their keys reach, however long the history is.

Rows are counted by PostgreSQL, node by node, and no clock is asked. The history has 700 days; a day
that is read whole, or a month, is far below the bound, and a table that is read whole far above it.
Ways that a planner takes for small tables only, reading them whole, are closed to it.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from days import (
    KeptShop,
    Rows,
    a_customer,
    a_product,
    a_transaction,
    an_item,
    query,
    run_well,
    write_batch,
)
from rows_read import Read, rows_read

FIRST, DAYS, CUSTOMERS, PRODUCTS = date(2024, 1, 1), 700, 50, 40
LAST = FIRST + timedelta(DAYS - 1)

# Tables with rows for every sale or every line: what a day must not read whole.
WITH_A_ROW_PER_SALE = {
    "production.transactions",
    "production.transaction_items",
    "mart_build.fct_sales",
    "mart.fct_sales",
}
# Of each of them a node reads at most so many rows. A tenth of the history: a month's sales of the
# day's customers and the whole history of the few that are audited are below it.
MOST_ROWS = 140

# Tables with a few rows for every day. A report adds them up: so many a day, and no more.
WITH_ROWS_PER_DAY = {
    "mart_build.int_sales_by_day_and_discount": 1,
    "mart_build.int_sales_by_day_and_hour": 1,
    "mart_build.int_sales_by_day_and_payment_method": 1,
    "mart_build.agg_daily_sales": 1,
    "mart_build.int_sales_by_customer_and_month": 1,
}


def _history() -> dict[str, Rows]:
    """Two sales a day, one line each, of customers and products in turn."""
    numbers = range(1, 2 * DAYS + 1)
    return {
        "customers": [a_customer(number) for number in range(1, CUSTOMERS + 1)],
        "products": [a_product(number) for number in range(1, PRODUCTS + 1)],
        "transactions": [
            a_transaction(
                number,
                (FIRST + timedelta((number - 1) // 2)).isoformat(),
                customer_id=f"CUST{number % CUSTOMERS + 1:04}",
            )
            for number in numbers
        ],
        "transaction_items": [
            an_item(number, number, product_id=f"PROD{number % PRODUCTS + 1:04}")
            for number in numbers
        ],
    }


def _day() -> dict[str, Rows]:
    """Return a day with new sales, one of last week, an old one corrected, and a bad row."""
    tomorrow = (LAST + timedelta(1)).isoformat()
    return {
        "customers": [a_customer(1, city="Delhi"), a_customer(999)],
        "products": [a_product(1, cost="61.00")],
        "transactions": [
            a_transaction(9001, tomorrow, customer_id="CUST0001"),
            a_transaction(9002, tomorrow, customer_id="CUST0999"),
            a_transaction(9003, (LAST - timedelta(7)).isoformat(), customer_id="CUST0002"),
        ],
        "transaction_items": [
            an_item(9001, 9001),
            an_item(9002, 9002, product_id="PROD0002"),
            an_item(9003, 9003, product_id="PROD0003"),
            an_item(700, 700, product_id="PROD0021", quantity="3", line_total="300.00"),
            an_item(9004, 9001, quantity="0"),
        ],
    }


@pytest.fixture(scope="module")
def day(kept_shop: KeptShop) -> Iterator[tuple[Read, dict[str, int]]]:
    """Yield what each node of the day after a long history reads, and the rows of the tables."""
    found: list[tuple[Read, dict[str, int]]] = []

    def fill(root: Path) -> None:
        run_well(LAST.isoformat(), write_batch(root / "all", **_history()), "load", "build")
        tomorrow = (LAST + timedelta(1)).isoformat()
        run_well(tomorrow, write_batch(root / "day", **_day()), "load")
        read = rows_read("build", "--exclude-resource-type", "unit_test")
        tables = [*WITH_A_ROW_PER_SALE, *WITH_ROWS_PER_DAY]
        counts = {table: query(f"select count(*) from {table}")[0][0] for table in tables}
        found.append((read, counts))

    with kept_shop("long_history", fill):
        yield found[0]


def _too_many(read: Read, bounds: dict[str, float]) -> list[tuple[str, str, int]]:
    return [
        (node, table, count)
        for node, tables in read.items()
        for table, count in tables.items()
        if count > bounds.get(table, count)
    ]


def test_no_node_reads_the_history_of_sales(day: tuple[Read, dict[str, int]]) -> None:
    read, sizes = day
    assert all(sizes[table] >= 10 * MOST_ROWS for table in WITH_A_ROW_PER_SALE)
    assert _too_many(read, dict.fromkeys(WITH_A_ROW_PER_SALE, MOST_ROWS)) == []


def test_rows_of_days_are_read_at_most_once_or_twice(day: tuple[Read, dict[str, int]]) -> None:
    read, sizes = day
    bounds = {table: 2 * sizes[table] + MOST_ROWS for table in WITH_ROWS_PER_DAY}
    assert _too_many(read, bounds) == []


def test_every_model_snapshot_and_test_was_counted(day: tuple[Read, dict[str, int]]) -> None:
    read, _ = day
    kinds = Counter(node.split(".")[0] for node in read)
    assert kinds["model"] >= 50
    assert kinds["test"] >= 35
    assert kinds["snapshot"] == 2
    assert read["operation.shop.shop-on-run-end-1"]["mart.fct_sales"] > 0  # the publication
