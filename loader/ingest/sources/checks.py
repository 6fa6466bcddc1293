"""What keeps a conversion's files from being written, and what a run will reject of them."""

from typing import TYPE_CHECKING

from loader.contract import LENGTHS, REQUIRED, TABLES
from loader.ingest.sources.records import Choices, Conversion, Substitute, quantity

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Lines that the run would reject: it allows a cent (line_total_tolerance).
OFF_FORMULA = """
select count(*) from made.transaction_items
where abs(
    cast(line_total as double) - cast(quantity as double) * cast(unit_price as double)
    * (1 - cast(discount_percentage as double) / 100)
) > 0.0099
"""
REQUIRED_OF_PRODUCTS = tuple(
    column for column in TABLES["products"] if f"products.{column}" in REQUIRED
)
# Products that the rules of a run reject, with all that was sold of them.
PRODUCT_RULES = {
    "price is not above 0": "cast(price as double) <= 0",
    "cost is not below price": "cast(cost as double) >= cast(price as double)",
}


def number(connection: "DuckDBPyConnection", statement: str) -> int:
    """Return the number that a statement finds."""
    found = connection.execute(statement).fetchone()
    return int(found[0]) if found else 0


def check(connection: "DuckDBPyConnection", made: Conversion, choices: Choices) -> None:
    """Say what is not in the export, and what keeps the files from being written."""
    for column, count, value in connection.execute(
        "select column_name, row_count, instead from not_delivered where row_count > 0"
    ).fetchall():
        made.substitutes.append(Substitute(column, count, value))
    made.remarks += [row[0] for row in connection.execute(
        "select remark from remarks order by place, remark"
    ).fetchall()]  # fmt: skip
    made.contradictions = [
        f"{reason}: {', '.join(orders)}"
        for reason, orders in connection.execute("select * from examples order by 1").fetchall()
    ]
    if choices.are_negative_lines_returns:
        made.rejections += _unmatched(connection)
    for table in made.row_counts:
        for column in TABLES[table]:
            _check_column(connection, made, table, column, choices)
    _check_products(connection, made)
    made.refusals += [row[0] for row in connection.execute("select fault from faults").fetchall()]
    if off := number(connection, OFF_FORMULA):
        made.refusals.append(f"{off:,} lines differ from quantity x price x (1 - discount)")
    if made.difference:
        made.refusals.append(
            f"the money does not add up: {made.difference:,.4f} is unaccounted for"
        )
    if not made.row_counts["transactions"]:
        made.refusals.append("no order is a sale, so there is nothing to write")


def _check_products(connection: "DuckDBPyConnection", made: Conversion) -> None:
    """Say which products the run rejects, with all that was sold of them."""
    broken = [
        *PRODUCT_RULES.values(),
        *(f"products.{column} is null" for column in REQUIRED_OF_PRODUCTS),
    ]
    if said := _products(connection, " or ".join(broken)):
        made.rejections.append(f"{said}: give what they lack by --set, or in the shop system")
    for rule, condition in PRODUCT_RULES.items():
        if said := _products(connection, condition):
            made.remarks.append(f"products whose {rule}, which the run rejects: {said}")


def _unmatched(connection: "DuckDBPyConnection") -> list[str]:
    """Say which negative lines are returns of no sale that can be named, and what they come to."""
    found = connection.execute(
        "select reason, count(*), coalesce(-sum(refund_amount), 0) from negative_lines"
        " where reason is not null group by reason order by reason"
    ).fetchall()
    return [
        f"lines with a negative quantity {reason}: {count:,}, {amount:,.2f}"
        for reason, count, amount in found
    ]


def _check_column(
    connection: "DuckDBPyConnection", made: Conversion, table: str, column: str, choices: Choices
) -> None:
    name, rows = f"{table}.{column}", made.row_counts[table]
    too_long = f"length({column}) > {LENGTHS[name]}" if name in LENGTHS else "false"
    if long := number(connection, f"select count(*) from made.{table} where {too_long}"):  # noqa: S608
        made.remarks.append(
            f"{name} is longer than {LENGTHS[name]} characters in {quantity(long, 'row')}, "
            "which the run rejects"
        )
    blank = number(connection, f"select count(*) from made.{table} where {column} is null")  # noqa: S608
    if name in choices.values:
        made.substitutes.append(
            Substitute(name, rows, f"{choices.values[name]}, where blank, by --set")
        )
    elif name not in REQUIRED:
        if rows and blank == rows:
            made.left_blank.append(name)
    elif rows and blank == rows:
        made.refusals.append(
            f"{name} is not in the export, and no row may be without: --set {name}=..."
        )
    elif blank:
        sold = f": {_products(connection, f'{column} is null')}" if table == "products" else ""
        made.remarks.append(
            f"{name} is blank in {blank:,} of {quantity(rows, 'row')}, which the run rejects{sold}"
        )


def _products(connection: "DuckDBPyConnection", condition: str) -> str:
    """Say how many products a condition is true of, and what was sold of them; nothing if none."""
    ((count, amount),) = connection.execute(
        "select count(distinct products.product_id),"  # noqa: S608
        " coalesce(sum(cast(items.line_total as decimal(18, 2))), 0) from made.products as products"
        " left join made.transaction_items as items on products.product_id = items.product_id"
        f" where {condition}"
    ).fetchall()
    return f"{quantity(count, 'product')}, sales of {amount:,.2f}" if count else ""
