"""Page 3: who buys, who comes back, who is worth what."""

from dashboards.catalogue.drills import ONE_CUSTOMER
from dashboards.catalogue.kinds import Derived, Page, Report, Visual
from dashboards.catalogue.star import with_own_filters

_PAGE = Page(
    "customers",
    "Customers",
    "Who buys, who comes back, and what are they worth?",
    (
        Visual(
            "customers_total",
            "Active customers",
            "How many customers bought?",
            "figure",
            measures=("customers",),
        ),
        Visual(
            "revenue_per_customer_total",
            "Revenue per customer",
            "How much did a customer spend?",
            "figure",
            measures=("revenue_per_customer",),
        ),
        Visual(
            "orders_per_customer_total",
            "Orders per customer",
            "How often did a customer buy?",
            "figure",
            measures=("orders_per_customer",),
        ),
        Visual(
            "customers_by_segment",
            "Customers by segment",
            "How many customers of each segment bought, and what did they bring?",
            "bars",
            dimensions=("segment",),
            measures=("customers", "revenue", "revenue_per_customer"),
            sort=("segment",),
            note="The segment is the customer's of the last day, on every date.",
        ),
        Visual(
            "rfm_grid",
            "Recency and frequency",
            "How many customers bought recently, and how many often?",
            "heat",
            dimensions=("recency_score", "frequency_score"),
            measures=("customers",),
            sort=("recency_score", "frequency_score"),
            note="A score is the fifth of all customers that one belongs to, 5 the most recent and "
            "the most frequent; equal customers share it. The filters pick who is counted, the "
            "scores stay those of the customer's whole time.",
        ),
        Visual(
            "cohort_retention",
            "Retention by cohort",
            "How many of the customers won in a month buy again in later months?",
            "heat",
            dimensions=("cohort_month", "months_since"),
            measures=("customers",),
            derived=(
                Derived("retention_pct", "Retention", "per_base", "customers"),
                Derived("cohort_size", "Customers at first", "base", "customers", "count"),
            ),
            report=Report(
                "rpt_cohort_retention",
                (
                    ("cohort_month", "cohort_month"),
                    ("months_since", "months_since_first"),
                    ("customers", "active_customers"),
                    ("retention_pct", "retention_pct"),
                    ("cohort_size", "cohort_size"),
                ),
            ),
            sort=("cohort_month", "months_since"),
            period="cohort_month",
            note="Percent of those who first bought in the month, whose number stands in brackets; "
            "the period picks these months. Filters pick what was bought, in that month and again. "
            "A month that is not over is left empty: it would look like a loss.",
            look="Shares of fewer than 25 customers are grey.",
            wide=True,
        ),
        Visual(
            "new_and_returning",
            "New and returning customers",
            "Does the shop live from new customers or from returning ones?",
            "stacked_columns",
            dimensions=("month", "customer_kind"),
            measures=("customers",),
            report=Report(
                "rpt_new_and_returning_customers",
                (
                    ("month", "year_month"),
                    ("customer_kind", "customer_kind"),
                    ("customers", "customer_count"),
                ),
            ),
            sort=("month", "customer_kind"),
            note="New in the month of the first purchase ever, whatever the filters.",
        ),
        Visual(
            "lifetime_value_distribution",
            "Customers by lifetime value",
            "How is lifetime value spread over customers?",
            "columns",
            dimensions=("value_band",),
            measures=("customers",),
            derived=(Derived("customer_share_pct", "Share of customers", "share", "customers"),),
            sort=("value_band",),
            note="The filters pick who is counted; the value is that of the customer's whole time.",
        ),
        Visual(
            "top_customers",
            "Top customers",
            "Who are the most valuable customers?",
            "table",
            dimensions=("customer_id", "full_name", "segment"),
            measures=("lifetime_value", "lifetime_transactions"),
            report=Report(
                "rpt_customer_lifetime_value",
                (
                    ("customer_id", "customer_id"),
                    ("full_name", "full_name"),
                    ("lifetime_value", "total_spent"),
                    ("lifetime_transactions", "transaction_count"),
                ),
            ),
            sort=("-lifetime_value", "customer_id"),
            limit=20,
            wide=True,
            note="The filters pick who is listed; the value is that of the customer's whole time.",
        ),
    ),
    drill=ONE_CUSTOMER,
)

CUSTOMERS = with_own_filters(_PAGE)
