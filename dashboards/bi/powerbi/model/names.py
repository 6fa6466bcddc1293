"""Names of tables and columns as business people read them, and what helps them to find their way.

Who reads a relation's name knows dbt; who opens a list of fields in Power BI knows the shop.
"""

METRICS = "Metrics"  # the table that holds all measures; "Measures" is a reserved word

ACRONYMS = {"rfm": "RFM", "abc": "ABC", "id": "ID", "iso": "ISO", "avg": "average", "pct": "%"}

# Where the words of a column's own name say too little, or what another column should be called.
NAMES = {
    ("dim_dates", "full_date"): "Date",
    ("dim_dates", "year_month"): "Month",
    ("dim_dates", "month"): "Month number",
    ("dim_dates", "month_name"): "Month of year",
    ("dim_dates", "day"): "Day of month",
    ("dim_dates", "day_name"): "Weekday",
    ("dim_dates", "comparable_date_last_year"): "Comparable date a year before",
    ("dim_customers", "full_name"): "Customer",
    ("dim_customers", "customer_segment"): "Segment",
    ("dim_customers", "registration_date"): "Registered on",
    ("dim_products", "product_name"): "Product",
    ("dim_products", "sub_category"): "Sub-category",
    ("dim_payment_methods", "payment_method_name"): "Payment method",
    ("rpt_customer_rfm", "first_purchase_month"): "First bought in",
    ("rpt_customer_rfm", "value_band_from"): "Lifetime value from",
}

# What is for the model or for its upkeep, and shown to nobody: versions and times of changes.
TECHNICAL = {"valid_from", "valid_to", "is_current", "updated_date"}
# Of a fact, what a measure adds up or counts, and what the tables beside it have by its name.
FACT_COLUMNS = {"item_id", "transaction_id", "return_id", "return_date", "reason", "sold_at"}
FACT_COLUMNS |= {"unit_price", "discount_pct", "hour", "discount_range", "customer_kind"}

# Folders of a table's columns, by how their names begin.
FOLDERS = {
    "dim_dates": {
        "iso_": "ISO weeks",
        "fiscal_": "Fiscal year",
        "retail_": "Retail calendar",
        "holiday_": "Holidays",
        "is_holiday": "Holidays",
    },
    "dim_customers": {"country": "Place", "state": "Place", "city": "Place"},
    "dim_products": {"price": "Price", "cost": "Price"},
}

# What a map needs to know of a column.
CATEGORIES = {"country": "Country", "state": "StateOrProvince", "city": "City"}

# From the widest level to the narrowest one.
HIERARCHIES: dict[str, dict[str, tuple[str, ...]]] = {
    "dim_dates": {
        "Calendar": ("year", "quarter", "year_month", "full_date"),
        "Fiscal calendar": ("fiscal_year", "fiscal_quarter", "fiscal_period"),
    },
    "dim_products": {"Assortment": ("category", "sub_category", "brand", "product_name")},
    "dim_customers": {"Geography": ("country", "state", "city")},
}


def table_name(relation: str) -> str:
    """Return what a relation is called in the model: its words, without the prefix of its kind."""
    return _words(relation.partition("_")[2])


def column_name(relation: str, column: str) -> str:
    """Return what a column is called in the model."""
    return NAMES.get((relation, column)) or _words(column.removesuffix("_amount"))


def reference(relation: str, column: str) -> str:
    """Return a column as DAX names it."""
    return f"'{table_name(relation)}'[{column_name(relation, column)}]"


def is_hidden(relation: str, column: str) -> bool:
    """Return whether a column is kept out of the list of fields."""
    if column in TECHNICAL or column.endswith("_key"):
        return True
    return relation.startswith("fct_") and column not in FACT_COLUMNS


def folder_of(relation: str, column: str) -> str | None:
    """Return the folder in which a column is listed."""
    folders = FOLDERS.get(relation, {})
    return next((name for start, name in folders.items() if column.startswith(start)), None)


def quoted(name: str) -> str:
    """Return a name as TMDL takes it: in quotation marks, unless it is one plain word."""
    return name if name.isidentifier() else "'" + name.replace("'", "''") + "'"


def _words(name: str) -> str:
    words = [ACRONYMS.get(word, word) for word in name.split("_")]
    text = " ".join(words)
    return text[0].upper() + text[1:]
