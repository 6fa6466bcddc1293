"""A day's build reads the day's rows and what their keys reach, however long the history is.

Rows are counted by PostgreSQL, node by node, and no clock is asked. The history has 700 days; a day
that is read whole, or a month, is far below the bound, and a table that is read whole far above it.
Ways that a planner takes for small tables only, reading them whole, are closed to it (rows_read).
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
from rows_read import HOOKS, Read, rows_read

FIRST, DAYS, CUSTOMERS, PRODUCTS = date(2024, 1, 1), 700, 14, 14
LAST = FIRST + timedelta(DAYS - 1)

# Tables with a row for every sale or line of one, which a day must not read whole.
LARGE = (
    "production.transactions",
    "production.transaction_items",
    "mart_build.fct_sales",
    "mart.fct_sales",
)
# A node reads at most so many rows of each: a tenth of the history, and hardly more than the sales
# of one customer or product: the day has four of each.
MOST_ROWS = 150
# What has a bound of its own: the days that it is about, with two sales each, and all sales of the
# five customers or products that an audit draws.
BOUNDS = {
    "model.shop.rpt_stock_cover": 2 * 92,
    "test.shop.assert_customer_metrics_equal_sales": 5 * 100,
    "test.shop.assert_product_performance_equals_sales": 5 * 100,
}


def _history() -> dict[str, Rows]:
    """Two sales a day, one line each, of customers and products in turn."""
    numbers = range(1, 2 * DAYS + 1)
    return {
        "customers": [a_customer(number) for number in range(1, CUSTOMERS + 2)],
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
        "customers": [a_customer(CUSTOMERS + 1, city="Delhi"), a_customer(999)],
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
        counts = {table: query(f"select count(*) from {table}")[0][0] for table in LARGE}
        found.append((read, counts))

    with kept_shop("long_history", fill):
        yield found[0]


def test_no_node_reads_the_history_of_sales(day: tuple[Read, dict[str, int]]) -> None:
    read, counts = day
    assert min(counts.values()) >= 9 * MOST_ROWS
    too_many = [
        (node, table, tables[table])
        for node, tables in read.items()
        for table in LARGE
        if tables[table] > BOUNDS.get(node, MOST_ROWS)
    ]
    assert too_many == []


def test_every_model_snapshot_test_and_hook_was_counted(
    day: tuple[Read, dict[str, int]],
) -> None:
    read, _ = day
    kinds = Counter(node.partition(".")[0] for node in read)
    assert kinds["model"] > 50
    assert kinds["test"] > 35
    assert kinds["snapshot"] == 2
    assert read["model.shop.fct_sales"]["production.transaction_items"] > 0
    assert read[HOOKS]["mart.fct_sales"] > 0  # the publication
