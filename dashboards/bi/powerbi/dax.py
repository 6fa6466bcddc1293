"""The catalogue's measures and dimensions in DAX, Power BI's language, from a small set of it."""

from dashboards.catalogue import FACT, MEASURES, Aggregate, Derived, Dimension, Measure
from dashboards.catalogue.star import DISCOUNT_BOUNDS, DISCOUNT_RANGES

FUNCTIONS = {"sum": "SUM", "count_distinct": "DISTINCTCOUNT", "max": "MAX"}

# Dimensions that no relation holds as a column: calculated columns of the fact, by dimension.
CALCULATED_COLUMNS = {
    "hour": f"HOUR ( '{FACT}'[sold_at] )",
    "discount_range": (
        f"SWITCH ( TRUE (), '{FACT}'[discount_pct] = 0, \"{DISCOUNT_RANGES[0]}\", "
        + "".join(
            f"'{FACT}'[discount_pct] <= {bound}, \"{name}\", "
            for bound, name in zip(DISCOUNT_BOUNDS, DISCOUNT_RANGES[1:], strict=False)
        )
        + f'"{DISCOUNT_RANGES[-1]}" )'
    ),
    "customer_kind": (
        "IF ( RELATED ( 'dim_dates'[year_month] )"
        ' = RELATED ( \'rpt_customer_rfm\'[first_purchase_month] ), "New", "Returning" )'
    ),
}

# Text that names a row at an axis, where a name alone may stand for two: calculated columns.
PRODUCT = "'{0}'[product_name] & \" (\" & '{0}'[product_id] & \")\""
LABELS = {
    ("rpt_product_profitability", "product"): PRODUCT.format("rpt_product_profitability"),
    ("rpt_stock_cover", "product"): PRODUCT.format("rpt_stock_cover"),
    ("dim_customers", "place"): "'dim_customers'[state] & \", \" & 'dim_customers'[country]",
}


def column_of(dimension: Dimension) -> tuple[str, str]:
    """Return table and column of a dimension in the semantic model."""
    if dimension.expression:
        return FACT, dimension.name
    return dimension.relation, dimension.column


def measure_dax(measure: Measure) -> str:
    """Return a measure's expression: an aggregate, or a ratio of two, blank where it is over 0."""
    numerator = _aggregate(measure.numerator)
    if measure.denominator is None:
        return numerator
    ratio = f"DIVIDE ( {numerator}, {_aggregate(measure.denominator)} )"
    return ratio if measure.scale == 1 else f"{measure.scale} * {ratio}"


def share_dax(derived: Derived) -> str:
    """Return the expression of a share: percent of the same measure over all that is selected."""
    of = f"[{MEASURES[derived.of].label}]"
    return f"100 * DIVIDE ( {of}, CALCULATE ( {of}, ALLSELECTED () ) )"


def _aggregate(aggregate: Aggregate) -> str:
    function, column = FUNCTIONS[aggregate.function], f"'{aggregate.relation}'[{aggregate.column}]"
    if aggregate.relation == FACT:
        return f"{function} ( {column} )"
    # Filters flow to the fact, not from it: what stands beside it is reached from its rows.
    return f"{function}X ( '{FACT}', RELATED ( {column} ) )"
