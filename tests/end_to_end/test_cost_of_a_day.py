"""A day's build reads the day's rows, changed days and changed months, however long the history is.

Rows are counted by PostgreSQL, node by node, and no clock is asked. The history has 700 days, of
which a day changes three, in three months. What is read beside has a row for each month and key.
Ways that a planner takes for small tables only, reading them whole, are closed to it (rows_read).
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NotRequired, TypedDict

import psycopg2
import pytest

from expectations.rows_read import HOOKS, Read, counted, rows_read
from factories.days import (
    KeptShop,
    Rows,
    a_customer,
    a_product,
    a_return,
    a_transaction,
    an_item,
    dbt_well,
    execute,
    query,
    run_well,
    write_batch,
)

FIRST, DAYS, CUSTOMERS, PRODUCTS = date(2024, 1, 1), 700, 14, 14
# Customers who never buy, and are delivered again as they were.
AGAIN = range(1001, 1301)
MORE = range(1, 301)
# Models that a day of many rows was planned for, and how many it has.
MANY = {
    "stg_customers": len(AGAIN),
    "stg_transactions": len(MORE),
    "stg_transaction_items": len(MORE),
    "stg_returns": len(MORE),
}
LAST = FIRST + timedelta(DAYS - 1)

# Tables with a row for every sale, line of one or return, which a day must not read whole.
# What PostgreSQL explains, as JSON.
Plan = TypedDict(
    "Plan",
    {
        "Node Type": str,
        "Actual Rows": float,
        "Actual Loops": float,
        "Rows Removed by Join Filter": NotRequired[float],
        "Plans": NotRequired[list["Plan"]],
    },
)
LARGE = (
    "production.transactions",
    "production.transaction_items",
    "mart_build.fct_sales",
    "mart.fct_sales",
    "production.returns",
    "mart_build.fct_returns",
    "mart.fct_returns",
)
# A node reads at most so many rows of each: those of the day's keys, and of changed days.
MOST_ROWS = 40
# What has a bound of its own: changed months, the days that a node is about, with two sales each,
# and all sales of the five customers or products that an audit draws, from those of changed days.
MONTHS = 3 * 2 * 31
BOUNDS = {
    "model.shop.int_sales_by_month_and_customer": MONTHS,
    "model.shop.int_sales_by_month_and_product": MONTHS,
    "model.shop.rpt_return_reasons": 2 * 92,
    "model.shop.rpt_stock_cover": 2 * 92,
    "test.shop.assert_customer_metrics_equal_sales": 5 * 101 + MOST_ROWS,
    "test.shop.assert_monthly_customers_equal_sales": MONTHS,
    "test.shop.assert_product_performance_equals_sales": 5 * 101 + MOST_ROWS,
}
# Ordinary tables are made from these, so every day reads them whole: months times keys.
ROLL_UPS = {
    "mart_build.int_sales_by_month_and_customer": CUSTOMERS,
    "mart_build.int_sales_by_month_and_product": PRODUCTS,
}


def _history() -> dict[str, Rows]:
    """Two sales a day, one line each, of customers and products in turn; the newest come first."""
    numbers = range(1, 2 * DAYS + 1)
    return {
        "customers": [a_customer(number) for number in (*range(1, CUSTOMERS + 2), *AGAIN)],
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
            for number in reversed(numbers)
        ],
        # all of it comes back in part, three days later
        "returns": [
            a_return(number, number, (FIRST + timedelta((number - 1) // 2 + 3)).isoformat())
            for number in numbers
            if (number - 1) // 2 + 3 < DAYS
        ],
    }


def _day() -> dict[str, Rows]:
    """Return a day with new sales, one of last week, an old one corrected, and a bad row."""
    tomorrow = (LAST + timedelta(1)).isoformat()
    return {
        "customers": [
            a_customer(CUSTOMERS + 1, city="Delhi"),
            a_customer(999),
            *map(a_customer, AGAIN),
        ],
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
        "returns": [
            a_return(9001, 9001, tomorrow),
            a_return(700, 700, (FIRST + timedelta(352)).isoformat(), refund_amount="90.00"),
        ],
    }


def _more(day: str) -> dict[str, Rows]:
    """Return a day of many rows: sales as they were, whose items come back once more."""
    history = _history()
    return {
        table: history[table][: len(MORE)] for table in ("transactions", "transaction_items")
    } | {"returns": [a_return(20_000 + number, number, day) for number in MORE]}


@dataclass(frozen=True)
class Day:
    """Hold what nodes read on a day, and what was found before it and after.

    `scattered`: of each table of sales, the rows that lay behind one of a later day.
    """

    scattered: dict[str, int]
    read: Read
    counts: dict[str, int]
    roll_ups: dict[str, int]
    plans: dict[str, Plan]


@pytest.fixture(scope="module")
def day(kept_shop: KeptShop) -> Iterator[Day]:
    """Yield what the day after a long history takes."""
    found: list[Day] = []

    def fill(root: Path) -> None:
        run_well(LAST.isoformat(), write_batch(root / "all", **_history()), "load", "build")
        scattered = {table: _scattered(table) for table in LARGE if ".fct_" in table}
        tomorrow = (LAST + timedelta(1)).isoformat()
        run_well(tomorrow, write_batch(root / "day", **_day()), "load")
        plans = {"stg_customers": _plan("stg_customers")}
        read = rows_read("build", "--exclude-resource-type", "unit_test")
        counts, roll_ups = (
            {table: query(f"select count(*) from {table}")[0][0] for table in tables}
            for tables in (LARGE, ROLL_UPS)
        )
        later = (LAST + timedelta(2)).isoformat()
        run_well(later, write_batch(root / "more", **_more(later)), "load")
        plans |= {model: _plan(model) for model in MANY if model not in plans}
        found.append(Day(scattered, read, counts, roll_ups, plans))

    with kept_shop("long_history", fill):
        yield found[0]


def _scattered(table: str) -> int:
    ((found,),) = query(
        "select count(*) from (select date_key, max(date_key) over (order by ctid) as latest"
        f" from {table}) as places where date_key < latest"
    )
    return int(found)


def _plan(model: str) -> Plan:
    """Execute the query of a model, and return its plan with the rows that it came to."""
    compiled = dbt_well("--quiet", "compile", "--select", model, "--output", "json")
    statement = json.loads(compiled)["compiled"]
    ((plans,),) = query(f"explain (analyze, format json) {statement}")
    plan: Plan = plans[0]["Plan"]
    return plan


def _most_met(plan: Plan) -> float:
    """Return the most rows that a node of a plan met: those it gave, and those a join left out."""
    met = plan["Actual Rows"] + plan.get("Rows Removed by Join Filter", 0)
    return max((met * plan["Actual Loops"], *map(_most_met, plan.get("Plans", ()))))


@pytest.mark.parametrize("model", MANY)
def test_rows_of_a_day_are_not_compared_with_each_other(day: Day, model: str) -> None:
    met = _most_met(day.plans[model])
    assert MANY[model] <= met <= 4 * (MANY[model] + max(day.counts.values()))


def test_sales_of_a_day_lie_together(day: Day) -> None:
    assert day.scattered == {table: 0 for table in LARGE if ".fct_" in table}


def test_no_node_reads_the_history_of_sales(day: Day) -> None:
    assert min(day.counts.values()) >= 2 * max(BOUNDS.values())
    too_many = [
        (node, table, tables[table])
        for node, tables in day.read.items()
        for table in LARGE
        if tables[table] > BOUNDS.get(node, MOST_ROWS)
    ]
    assert too_many == []


def test_what_every_day_reads_whole_has_a_row_for_a_month_and_a_key(day: Day) -> None:
    months = DAYS // 30 + 2
    # the day has two versions more, of a customer and a product, and two keys more
    assert [
        (table, rows)
        for table, rows in day.roll_ups.items()
        if not 0 < rows <= months * (ROLL_UPS[table] + 1) + 2
    ] == []


def test_every_model_snapshot_test_and_hook_was_counted(day: Day) -> None:
    kinds = Counter(node.partition(".")[0] for node in day.read)
    assert kinds["model"] > 50
    assert kinds["test"] > 15
    assert kinds["snapshot"] == 2
    assert day.read["model.shop.fct_sales"]["production.transaction_items"] > 0
    assert day.read[HOOKS]["mart.fct_sales"] > 0, day.read[HOOKS]  # the publication


@pytest.mark.usefixtures("database")
def test_a_statement_outside_a_transaction_is_counted_however_long_it_takes() -> None:
    execute("create table public.numbers as select 1 as number")
    hook = '/* {"app": "dbt"} */ select number, pg_sleep(1.1)::text from public.numbers'
    with counted() as read, closing(psycopg2.connect("")) as connection:
        cursor = connection.cursor()
        for statement in ("begin", "commit", hook):  # as dbt does
            cursor.execute(statement)
        assert cursor.fetchall() == [(1, "")]
    assert read == {HOOKS: {"public.numbers": 1}}
