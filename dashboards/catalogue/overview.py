"""Page 1: how the shop is doing."""

from dashboards.catalogue.kinds import Derived, Page, Report, Visual

OVERVIEW = Page(
    "overview",
    "Executive overview",
    "How is the shop doing, and where does its revenue come from?",
    (
        Visual("revenue_total", "Revenue", "How much came in?", "figure", measures=("revenue",)),
        Visual(
            "transactions_total",
            "Orders",
            "How many sales were made?",
            "figure",
            measures=("transactions",),
        ),
        Visual(
            "average_order_value_total",
            "Average order value",
            "How much is an average sale worth?",
            "figure",
            measures=("average_order_value",),
        ),
        Visual(
            "margin_total",
            "Margin",
            "How much of the revenue is profit?",
            "figure",
            measures=("margin_pct",),
        ),
        Visual(
            "revenue_by_month",
            "Revenue over time",
            "How does revenue develop?",
            "lines",
            dimensions=("month",),
            measures=("revenue", "transactions", "average_order_value"),
            derived=(
                Derived(
                    "revenue_year_before",
                    "Revenue a year before",
                    "previous_year",
                    "revenue",
                    "money",
                ),
            ),
            report=Report(
                "rpt_monthly_trend",
                (
                    ("month", "year_month"),
                    ("revenue", "total_revenue"),
                    ("transactions", "total_transactions"),
                    ("average_order_value", "average_order_value"),
                ),
            ),
            sort=("month",),
            wide=True,
        ),
        Visual(
            "revenue_map",
            "Revenue by place",
            "Where does the revenue come from?",
            "tiles",
            dimensions=("country", "state"),
            measures=("revenue", "transactions"),
            derived=(Derived("revenue_share_pct", "Share of revenue", "share", "revenue"),),
            report=Report(
                "rpt_geographic_sales",
                (
                    ("country", "country"),
                    ("state", "state"),
                    ("revenue", "total_revenue"),
                ),
            ),
            sort=("-revenue", "country", "state"),
            look="A tile stands for a state, roughly where it lies; tiles are of one size so that "
            "small states are seen.",
            tall=True,
        ),
        Visual(
            "revenue_by_category",
            "Revenue and margin by category",
            "Which categories bring the revenue, and how much of it is profit?",
            "bars",
            dimensions=("category",),
            measures=("revenue", "profit", "margin_pct", "units"),
            report=Report(
                "rpt_category_performance",
                (
                    ("category", "category"),
                    ("revenue", "total_revenue"),
                    ("profit", "total_profit"),
                    ("margin_pct", "profit_margin_pct"),
                    ("units", "units_sold"),
                ),
            ),
            sort=("-revenue", "category"),
        ),
        Visual(
            "revenue_by_payment_method",
            "Revenue by payment method",
            "How do customers pay?",
            "bars",
            dimensions=("payment_method",),
            measures=("revenue", "transactions"),
            derived=(Derived("revenue_share_pct", "Share of revenue", "share", "revenue"),),
            report=Report(
                "rpt_payment_distribution",
                (
                    ("payment_method", "payment_method"),
                    ("revenue", "total_revenue"),
                    ("transactions", "transaction_count"),
                    ("revenue_share_pct", "pct_of_revenue"),
                ),
            ),
            sort=("-revenue", "payment_method"),
        ),
    ),
)
