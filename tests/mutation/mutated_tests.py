"""Give each test of data a row that it must find."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812

from mutation.mutations import DECLARED, Mutation, leave_alone, rolled_back

# What a test of data must find.
BAD_ROWS = {
    "assert_accepted_rows_are_in_production": "delete from production.transaction_items",
    "assert_current_versions_equal_production": "update production.products set price = price + 1",
    "assert_customer_metrics_equal_sales": (
        "update mart_build.agg_customer_metrics set total_spent = total_spent + 1"
    ),
    "assert_daily_sales_equal_sales": (
        "update mart_build.agg_daily_sales set unique_customers = unique_customers + 1"
    ),
    "assert_dates_have_no_gap": "delete from mart_build.dim_dates where full_date = '2025-03-01'",
    DECLARED: "alter table production.products drop constraint products_price_check",
    "assert_delivered_rows_are_accepted_or_quarantined": (
        "update ops.loads set row_count = row_count + 1 where table_name = 'customers'"
    ),
    "assert_enough_was_accepted": (
        "update ops.quality_counts set delivered_count = 1000, rows_pct = 0"
        " where table_name = 'products' and dimension = 'all'"
    ),
    "assert_history_has_no_gap_or_overlap": (
        "update snapshots.products_snapshot set dbt_valid_to = '2025-04-01'"
    ),
    "assert_monthly_customers_equal_sales": (
        "update mart_build.rpt_monthly_trend set unique_customers = unique_customers + 1"
    ),
    "assert_product_performance_equals_sales": "delete from mart_build.agg_product_performance",
    "assert_revenue_of_the_file_is_accepted_or_quarantined": (
        "update staging.transaction_items set line_total = '200.01'"
    ),
    "assert_returns_are_of_what_was_sold": (
        "update mart_build.fct_returns set returned_quantity = 9"
    ),
    "assert_returns_equal_production_returns": "delete from mart_build.fct_returns",
    "assert_sales_equal_production_items": "delete from mart_build.fct_sales",
    "assert_sales_join_versions_of_their_day": (
        "update mart_build.dim_products set valid_from = '9000-01-01'"
    ),
    "assert_shares_add_up_to_a_hundred": (
        "update mart_build.rpt_payment_distribution set pct_of_revenue = 90"
    ),
    "assert_versions_have_no_gap": (
        "update mart_build.dim_customers set valid_from = valid_from + 1"
    ),
}
# This one adds up measures over many relations: each figure of each is made to disagree.
RECONCILING = "assert_figures_reconcile"
TOLD = re.compile(r"sum\((\w+)\)|from \"\w+\"\.\"(\w+)\"\.\"(\w+)\"")


def singular_tests(connection: Connection, tests: dict[str, str]) -> Iterator[Mutation]:
    """Give each singular test a row to find."""
    for name, sql in sorted(tests.items()):
        with rolled_back(connection) as cursor:
            cursor.execute(sql)
            assert cursor.fetchall() == [], name
        statements = [BAD_ROWS[name]] if name in BAD_ROWS else []
        if name == RECONCILING:
            statements = list(_disagreements(sql))
        for statement in statements:
            yield Mutation("test", name, statement, _finds(connection, sql, statement, name))


def _disagreements(sql: str) -> Iterator[str]:
    columns: list[str] = []
    for column, schema, table in TOLD.findall(sql):
        if column:
            columns.append(column)
        else:
            yield from (f"update {schema}.{table} set {c} = {c} + 1" for c in columns)
            columns = []


def _finds(connection: Connection, sql: str, statement: str, name: str) -> str:
    with rolled_back(connection) as cursor:
        table = re.search(r"(?:from|update|table|into) ([a-z_]+\.[a-z_]+)", statement)
        assert table, statement
        if not statement.startswith("alter"):  # the database would refuse what the test is to find
            leave_alone(cursor, table[1], "")
        cursor.execute(statement)
        assert cursor.rowcount, statement
        cursor.execute(sql)
        return name if cursor.fetchall() else ""


def generic_tests(
    connection: Connection, nodes: dict[str, dict[str, Any]], compiled: Path
) -> Iterator[Mutation]:
    """Give each generic test a row to find."""
    for node in nodes.values():
        if node["resource_type"] != "test" or "test_metadata" not in node:
            continue
        (path,) = compiled.glob(f"**/{node['path']}")
        parent = nodes[node["attached_node"]]
        generic = node["test_metadata"]
        table = f"{parent['schema']}.{parent['name']}"
        for statement in _bad_rows(generic["name"], table, generic["kwargs"]):
            red = _finds(connection, path.read_text(), statement, generic["name"])
            yield Mutation("test", node["name"], statement, red)


def _bad_rows(test: str, table: str, given: dict[str, str]) -> list[str]:
    match test:
        case "not_null":
            return [f"update {table} set {given['column_name']} = null"]
        case "unique":
            return [f"insert into {table} select * from {table}"]
        case "accepted_values":
            return [f"update {table} set {given['column_name']} = 'lost'"]
        case "relationships":
            (parent,) = re.findall(r"ref\('(\w+)'\)", given["to"])
            return [f"delete from mart_build.{parent}"]
        case "expression_is_true":
            # one amount of each equation, which no other equation reads
            columns = re.findall(r"(\w+) = \w+ - (\w+)", given["expression"])
            return [f"update {table} set {c} = {c} + 1" for _, c in columns]
    raise AssertionError(f"say how {test} is broken")
