"""What pages show of one product and of one customer, from the cubes that they ship already."""

from dashboards.catalogue.kinds import Derived, Drill, Visual
from dashboards.catalogue.star import names_of_filters

FILTERS_OF = {
    "product": (*names_of_filters("products"), "product_id"),
    "customer": (*names_of_filters("customers"), "customer_id"),
}
# Beside revenue.
MEASURES_OF = {"product": ("units", "profit"), "customer": ("transactions",)}


def figure_of(one: str, measure: str, title: str, question: str) -> Visual:
    """Return a figure of one product or customer."""
    return Visual(
        f"{one}_{measure}",
        title,
        question,
        "figure",
        measures=(measure,),
        filters=FILTERS_OF[one],
    )


def _over_time(one: str, question: str) -> Visual:
    return Visual(
        f"{one}_by_month",
        "Revenue over time",
        question,
        "lines",
        dimensions=("month",),
        measures=("revenue", *MEASURES_OF[one]),
        derived=(
            Derived(
                "revenue_year_before", "Revenue a year before", "previous_year", "revenue", "money"
            ),
        ),
        sort=("month",),
        filters=FILTERS_OF[one],
        wide=True,
    )


def _bars(one: str, dimensions: tuple[str, ...], title: str, question: str) -> Visual:
    return Visual(
        f"{one}_by_{dimensions[-1]}",
        title,
        question,
        "bars",
        dimensions=dimensions,
        measures=("revenue", *MEASURES_OF[one]),
        derived=(Derived("revenue_share_pct", "Share of revenue", "share", "revenue"),),
        sort=("-revenue", *dimensions),
        filters=FILTERS_OF[one],
    )


PLACE = ("country", "state")
METHOD = ("payment_method",)
ONE_PRODUCT = Drill(
    "product_id",
    "product_name",
    ("product_id", "product_category", "brand"),
    "Last sold",
    (
        figure_of("product", "revenue", "Revenue", "How much did the product bring?"),
        figure_of("product", "units", "Units sold", "How many units were sold?"),
        figure_of("product", "average_price", "Average price", "What does a unit bring?"),
        figure_of("product", "discount_rate_pct", "Discount rate", "How much went in discounts?"),
        figure_of("product", "profit", "Profit", "How much was left after the cost of goods?"),
        figure_of("product", "margin_pct", "Margin", "How much of the revenue is profit?"),
        _over_time("product", "How does the product's revenue develop?"),
        _bars("product", PLACE, "Revenue by state", "Where is it bought?"),
        _bars("product", METHOD, "Revenue by payment method", "How is it paid for?"),
    ),
)
ONE_CUSTOMER = Drill(
    "customer_id",
    "full_name",
    (
        "customer_id",
        "segment",
        "lifetime_value",
        "lifetime_transactions",
        "cohort_month",
        "recency_score",
        "frequency_score",
    ),
    "Last bought",
    (
        figure_of("customer", "revenue", "Revenue", "How much did the customer spend?"),
        figure_of("customer", "transactions", "Orders", "How often did the customer buy?"),
        figure_of("customer", "average_order_value", "Average order value", "How much at once?"),
        _over_time("customer", "When did the customer buy?"),
        _bars("customer", ("category",), "Revenue by category", "What was bought?"),
        _bars("customer", METHOD, "Revenue by payment method", "How was it paid for?"),
        _bars("customer", PLACE, "Revenue by state", "Where did the customer live?"),
    ),
)
