"""The SQL that turns the star into codes: a sale is a row of small numbers, and so is a cube."""

from pathlib import Path

from dashboards.catalogue.star import DISCOUNT_RANGE, DISCOUNT_RANGES, FACT, RETURNS
from loader.database.fetch import statements

SQL = statements(Path(__file__).with_suffix(".sql"))

# How many of the first columns of what a code stands for tell one from all others.
IDENTITIES = {
    "place": 2,
    "payment_method": 1,
    "age_group": 1,
    "item": 3,
    "customer": 1,
    "reason": 1,
}

# The largest whole number up to which a browser counts exactly: 2 to the power of 53, less one.
MOST_HUNDREDTHS = 9007199254740991


def _hundredths(*amounts: str) -> tuple[str, str]:
    """Return the difference of amounts, each in hundredths."""
    return " - ".join(f"least(100 * {amount}, {MOST_HUNDREDTHS})" for amount in amounts), "i8"


# What is read of an item sold, in codes from 0 on and in hundredths: expression, and its type.
CODES = {
    "place": ("site_customers.place", "i4"),
    "item": ("site_products.item", "i4"),
    "payment_method": ("site_payment_methods.code", "i4"),
}
SALE = CODES | {
    "transaction": ("dense_rank() over (order by fct_sales.transaction_id) - 1", "i4"),
    "day": ("fct_sales.date_key % 100", "i2"),
    "customer": ("site_customers.customer", "i4"),
    "age_group": ("site_customers.age_group_code", "i2"),
    "hour": ("extract(hour from fct_sales.sold_at)", "i2"),
    "discount_range": (f"array_position(array{list(DISCOUNT_RANGES)}, {DISCOUNT_RANGE}) - 1", "i2"),
    "units": ("fct_sales.quantity", "i4"),
    "revenue": _hundredths("fct_sales.revenue_amount"),
    "discount": _hundredths("fct_sales.gross_amount", "fct_sales.revenue_amount"),
    "cost": _hundredths("fct_sales.cost_amount"),
}
# What is read of a return.
RETURN = CODES | {
    "day": ("fct_returns.date_key % 100", "i2"),
    "reason": ("site_reasons.code", "i4"),
    "units_returned": ("fct_returns.returned_quantity", "i4"),
    "returns": _hundredths("fct_returns.refund_amount"),
    "returned_cost": _hundredths("fct_returns.returned_cost_amount"),
}
# By fact: the statement that reads it, and its columns.
FACTS = {FACT: ("sales", SALE), RETURNS: ("returns", RETURN)}


def dictionary(name: str) -> str:
    """Return a query of what the numbers of a code stand for, from 0 on."""
    return SQL["codes"] + SQL[name]


def rows_of(fact: str, year_month: int) -> tuple[str, dict[str, str]]:
    """Return a query of a fact's rows of a month, 202611, and the types of its columns."""
    name, read = FACTS[fact]
    columns = ",\n    ".join(
        f"cast({expression} as int{type_[1]}) as {column}"
        for column, (expression, type_) in read.items()
    )
    statement = SQL["codes"] + SQL[name].format(columns=columns, year_month=year_month)
    return statement, {column: type_ for column, (_, type_) in read.items()}
