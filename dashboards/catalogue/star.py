"""The star, and the dimensions and measures that visuals are made of."""

from dataclasses import replace
from itertools import pairwise

from dashboards.catalogue.kinds import Aggregate, Dimension, Filter, Measure, Page, Visual
from dashboards.catalogue.metrics import declared_measures
from loader.contract import VARIABLES

FACT = "fct_sales"
# Of the same dimensions, on the day of the return.
RETURNS = "fct_returns"

# Relations that the fact may be joined to, and the column of the same name that joins them.
JOINS = {
    "dim_dates": "date_key",
    "dim_customers": "customer_key",
    "dim_products": "product_key",
    "dim_payment_methods": "payment_method_key",
    "rpt_customer_rfm": "customer_id",
    "rpt_customer_lifetime_value": "customer_id",
    "rpt_product_profitability": "product_id",
}

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# The bands of rpt_discount_impact.
DISCOUNT_BOUNDS = VARIABLES["discount_band_bounds"]
DISCOUNT_RANGES = (
    "0%",
    *(f"{low + 1}-{high}%" for low, high in pairwise((0, *DISCOUNT_BOUNDS))),
    f"{DISCOUNT_BOUNDS[-1]}%+",
)
DISCOUNT_RANGE = " ".join(
    (
        "case when fct_sales.discount_pct = 0 then '0%'",
        *(
            f"when fct_sales.discount_pct <= {bound} then '{name}'"
            for bound, name in zip(DISCOUNT_BOUNDS, DISCOUNT_RANGES[1:], strict=False)
        ),
        f"else '{DISCOUNT_RANGES[-1]}' end",
    )
)

HOUR = "cast(extract(hour from fct_sales.sold_at) as integer)"
MONTHS_SINCE_FIRST = (
    "dim_dates.year * 12 + dim_dates.month"
    " - cast(substr(rpt_customer_rfm.first_purchase_month, 1, 4) as integer) * 12"
    " - cast(substr(rpt_customer_rfm.first_purchase_month, 6, 2) as integer)"
)
# Two countries may have a state of one name.
STATE_OF_COUNTRY = "dim_customers.state || ', ' || dim_customers.country"
REASON = "coalesce(fct_returns.reason, 'Not said')"
CUSTOMER_KIND = (
    "case when dim_dates.year_month = rpt_customer_rfm.first_purchase_month"
    " then 'New' else 'Returning' end"
)

DIMENSIONS = {
    dimension.name: dimension
    for dimension in (
        Dimension("month", "Month", "dim_dates", "year_month", format="month"),
        Dimension("day", "Day", "dim_dates", "full_date", format="date"),
        Dimension("weekday", "Weekday", "dim_dates", "day_name", values=WEEKDAYS),
        Dimension("hour", "Hour", FACT, expression=HOUR, format="count"),
        Dimension("country", "Country", "dim_customers", "country"),
        Dimension("state", "State", "dim_customers", "state"),
        Dimension("category", "Category", "dim_products", "category"),
        Dimension("brand", "Brand", "dim_products", "brand"),
        Dimension("payment_method", "Payment method", "dim_payment_methods", "payment_method_name"),
        Dimension("product_id", "Product", FACT, "product_id"),
        Dimension("product_name", "Name", "rpt_product_profitability", "product_name"),
        Dimension("product_category", "Category", "rpt_product_profitability", "category"),
        Dimension("product_brand", "Brand", "rpt_product_profitability", "brand"),
        Dimension(
            "discount_range", "Discount", FACT, expression=DISCOUNT_RANGE, values=DISCOUNT_RANGES
        ),
        Dimension("reason", "Reason", RETURNS, expression=REASON),
        Dimension("customer_id", "Customer", FACT, "customer_id"),
        Dimension("full_name", "Name", "rpt_customer_lifetime_value", "full_name"),
        Dimension(
            "segment",
            "Segment",
            "dim_customers",
            "customer_segment",
            values=("New", "Regular", "VIP"),
        ),
        Dimension("age_group", "Age group", "dim_customers", "age_group"),
        Dimension(
            "cohort_month",
            "First bought",
            "rpt_customer_rfm",
            "first_purchase_month",
            format="month",
        ),
        Dimension(
            "months_since",
            "Months since",
            "rpt_customer_rfm",
            expression=MONTHS_SINCE_FIRST,
            format="count",
        ),
        Dimension(
            "customer_kind",
            "Customers who are",
            "rpt_customer_rfm",
            expression=CUSTOMER_KIND,
            values=("New", "Returning"),
        ),
        Dimension("recency_score", "Recency", "rpt_customer_rfm", "recency_score", format="count"),
        Dimension(
            "frequency_score", "Frequency", "rpt_customer_rfm", "frequency_score", format="count"
        ),
        Dimension(
            "value_band",
            "Lifetime value from",
            "rpt_customer_rfm",
            "value_band_from",
            format="money",
        ),
    )
}

# What a customer was worth in a whole life follows no filter, so it is no metric of dbt's.
OF_A_LIFETIME = (
    Measure(
        "lifetime_value",
        "Lifetime value",
        "What the customer has spent since the first purchase, whatever the filters.",
        Aggregate("max", "rpt_customer_lifetime_value", "total_spent"),
    ),
    Measure(
        "lifetime_transactions",
        "Lifetime orders",
        "Transactions of the customer since the first purchase, whatever the filters.",
        Aggregate("max", "rpt_customer_lifetime_value", "transaction_count"),
        format="count",
    ),
)

MEASURES = declared_measures() | {measure.name: measure for measure in OF_A_LIFETIME}

# Those of sales alone, which a star can compute.
STAR_MEASURES = {
    name: measure for name, measure in MEASURES.items() if RETURNS not in measure.relations
}

FILTERS = (
    Filter("period", "Period", "month"),
    Filter("category", "Category", "category"),
    Filter("country", "Country", "country"),
    Filter("state", "State", "state"),
    Filter("payment_method", "Payment method", "payment_method"),
)
# Those of one page alone, all of whose visuals follow them.
PAGE_FILTERS = {
    "products": (Filter("brand", "Brand", "brand"),),
    "customers": (
        Filter("segment", "Segment", "segment"),
        Filter("age_group", "Age group", "age_group"),
    ),
}
# What a page is drilled by: no list to choose from, but a link in its tables and marks.
DRILL_FILTERS = (
    Filter("product_id", "Product", "product_id"),
    Filter("customer_id", "Customer", "customer_id"),
)
ALL_FILTERS = {each.name: each for each in sum(PAGE_FILTERS.values(), FILTERS + DRILL_FILTERS)}


def names_of_filters(page: str) -> tuple[str, ...]:
    """Return the names of the filters that act on what a page adds up."""
    return (*Visual.filters, *(each.name for each in PAGE_FILTERS.get(page, ())))


def with_own_filters(page: Page) -> Page:
    """Return a page whose visuals follow its own filters where they follow those of all pages."""
    names = names_of_filters(page.id)
    visuals = (
        replace(one, filters=names) if one.filters == Visual.filters else one
        for one in page.visuals
    )
    return replace(page, visuals=tuple(visuals))
