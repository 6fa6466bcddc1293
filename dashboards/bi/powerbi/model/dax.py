"""The catalogue's measures and dimensions in DAX, Power BI's language, from a small set of it."""

from dataclasses import dataclass

from dashboards.bi.powerbi.model.names import reference, table_name
from dashboards.catalogue import FACT, MEASURES, RETURNS, Aggregate, Derived, Dimension, Measure
from dashboards.catalogue.star import DISCOUNT_BOUNDS, DISCOUNT_RANGES, WEEKDAYS


@dataclass(frozen=True)
class DaxMeasure:
    """Hold a measure of the model; `format` is one of the catalogue's, or change, points, date."""

    label: str
    dax: str
    format: str
    description: str
    folder: str
    is_hidden: bool = False


FUNCTIONS = {"sum": "SUM", "count_distinct": "DISTINCTCOUNT", "max": "MAX"}

SOLD_AT = reference(FACT, "sold_at")
DISCOUNT = reference(FACT, "discount_pct")
DATE = reference("dim_dates", "full_date")
# What came back may do so after the last sale; without returns that is blank, and so 0.
LAST_KNOWN = f"MAX ( MAX ( {SOLD_AT} ), MAX ( {reference(RETURNS, 'return_date')} ) )"

# Columns that no relation holds: calculated ones, by table and name, each with its meaning.
CALCULATED_COLUMNS = {
    (FACT, "hour"): f"HOUR ( {SOLD_AT} )",
    (FACT, "discount_range"): (
        f'SWITCH ( TRUE (), {DISCOUNT} = 0, "{DISCOUNT_RANGES[0]}", '
        + "".join(
            f'{DISCOUNT} <= {bound}, "{name}", '
            for bound, name in zip(DISCOUNT_BOUNDS, DISCOUNT_RANGES[1:], strict=False)
        )
        + f'"{DISCOUNT_RANGES[-1]}" )'
    ),
    (FACT, "customer_kind"): (
        f"IF ( RELATED ( {reference('dim_dates', 'year_month')} )"
        f" = RELATED ( {reference('rpt_customer_rfm', 'first_purchase_month')} ),"
        ' "New", "Returning" )'
    ),
}

# Text that names a row at an axis, where a name alone may stand for two: calculated columns.
LABELS = {
    **{
        (relation, "product"): (
            f'{reference(relation, "product_name")} & " ("'
            f' & {reference(relation, "product_id")} & ")"'
        )
        for relation in ("rpt_product_profitability", "rpt_stock_cover")
    },
    ("dim_customers", "place"): (
        f'{reference("dim_customers", "state")} & ", " & {reference("dim_customers", "country")}'
    ),
}

# A day on which something is known: from the month of the first sale to the last sale or return.
IS_KNOWN = ("dim_dates", "is_known")
IS_KNOWN_DAX = f"AND ( {DATE} > EOMONTH ( MIN ( {SOLD_AT} ), -1 ), {DATE} <= {LAST_KNOWN} )"

# The place of a weekday in a week that begins as the shop's does, from 0.
WEEKDAY_ORDER = ("dim_dates", "weekday_order")


def weekday_order_dax(week_start: str) -> str:
    """Return the expression of a weekday's place in a week."""
    first = WEEKDAYS.index(week_start) + 1
    return f"MOD ( {reference('dim_dates', 'iso_weekday')} - {first}, 7 )"


# The fact repeats these keys to count them; who groups by them takes the table with their names,
# so that returns are grouped, too.
BESIDE = {
    "product_id": ("rpt_product_profitability", "product_id"),
    "customer_id": ("rpt_customer_lifetime_value", "customer_id"),
}


def column_of(dimension: Dimension) -> tuple[str, str]:
    """Return relation and column of a dimension in the semantic model."""
    if dimension.expression:
        return FACT, dimension.name
    if dimension.relation == FACT:
        return BESIDE[dimension.column]
    return dimension.relation, dimension.column


def measure_dax(measure: Measure) -> str:
    """Return a measure's expression: a difference of aggregates, or a ratio, blank where over 0.

    A blank counts as 0 in a difference.
    """
    above = " - ".join(map(_aggregate, (measure.numerator, *measure.less)))
    if measure.denominator is None:
        return above
    if measure.or_zero:  # a rate of nothing returned, where something was sold, is 0
        above += " + 0"
    ratio = f"DIVIDE ( {above}, {_aggregate(measure.denominator)} )"
    return ratio if measure.scale == 1 else f"{measure.scale} * {ratio}"


def share_dax(derived: Derived) -> str:
    """Return the expression of a share: percent of the same measure over all that is selected."""
    of = f"[{MEASURES[derived.of].label}]"
    return f"100 * DIVIDE ( {of}, CALCULATE ( {of}, ALLSELECTED () ) )"


def _aggregate(aggregate: Aggregate) -> str:
    function = FUNCTIONS[aggregate.function]
    column = reference(aggregate.relation, aggregate.column)
    if aggregate.relation.startswith("fct_"):
        return f"{function} ( {column} )"
    # Filters flow to the fact, not from it: what stands beside it is reached from its rows.
    return f"{function}X ( '{table_name(FACT)}', RELATED ( {column} ) )"
