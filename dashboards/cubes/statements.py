"""The SQL that turns the star into codes: a sale is a row of small numbers, and so is a cube."""

from pathlib import Path

from dashboards.catalogue.star import DISCOUNT_RANGE, DISCOUNT_RANGES
from loader.database.fetch import statements

SQL = statements(Path(__file__).with_suffix(".sql"))

# How many of the first columns of what a code stands for tell one from all others.
IDENTITIES = {"place": 2, "payment_method": 1, "category": 1, "item": 3, "customer": 1}

# The largest whole number up to which a browser counts exactly: 2 to the power of 53, less one.
MOST_HUNDREDTHS = 9007199254740991


def _hundredths(amount: str) -> tuple[str, str]:
    return f"least(100 * fct_sales.{amount}, {MOST_HUNDREDTHS})", "i8"


# What is read of an item sold, in codes from 0 on and in hundredths: expression, and its type.
SALE = {
    "transaction": ("dense_rank() over (order by fct_sales.transaction_id) - 1", "i4"),
    "day": ("fct_sales.date_key % 100", "i2"),
    "customer": ("site_customers.customer", "i4"),
    "place": ("site_customers.place", "i4"),
    "category": ("site_products.category_code", "i4"),
    "item": ("site_products.item", "i4"),
    "payment_method": ("site_payment_methods.code", "i4"),
    "hour": ("extract(hour from fct_sales.sold_at)", "i2"),
    "discount_range": (f"array_position(array{list(DISCOUNT_RANGES)}, {DISCOUNT_RANGE}) - 1", "i2"),
    "units": ("fct_sales.quantity", "i4"),
    "revenue": _hundredths("revenue_amount"),
    "gross": _hundredths("gross_amount"),
    "cost": _hundredths("cost_amount"),
}
SALE_TYPES = {name: type_ for name, (_, type_) in SALE.items()}


def dictionary(name: str) -> str:
    """Return a query of what the numbers of a code stand for, from 0 on."""
    return SQL["codes"] + SQL[name]


def sales(year_month: int) -> str:
    """Return a query of the items sold in a month, 202611, as the columns of SALE."""
    columns = ",\n    ".join(
        f"cast({expression} as int{SALE_TYPES[name][1]}) as {name}"
        for name, (expression, _) in SALE.items()
    )
    return SQL["codes"] + SQL["sales"].format(columns=columns, year_month=year_month)
