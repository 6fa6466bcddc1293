"""Page 4: when and where the shop sells, and whether a day or a delivery was odd."""

from dashboards.catalogue.kinds import Column, Derived, Page, Report, Visual
from loader.contract import TABLES

DELIVERY = (
    Column("batch_date", "Batch", "date"),
    Column("table_name", "File"),
    Column("delivered_count", "Delivered", "count"),
    Column("accepted_count", "Accepted", "count"),
    Column("quarantined_count", "In quarantine", "count"),
    Column("quality_pct", "Score, percent", "percent"),
)
OF_DELIVERIES = "A delivery has no category, state or payment method: of the filters only the "
OF_DELIVERIES += "period acts."

TIME_AND_PLACE = Page(
    "time_and_place",
    "Time and place",
    "When and where does the shop sell, and was anything odd?",
    (
        Visual(
            "daily_revenue",
            "Revenue by day",
            "Which days were unusual?",
            "daily",
            dimensions=("day",),
            measures=("revenue",),
            derived=(
                Derived("expected_revenue", "Usual", "expected", "revenue", "money"),
                Derived("is_anomaly", "Unusual", "is_anomaly", "revenue", "text"),
                Derived("holiday_name", "Holiday", "holiday", "day", "text"),
            ),
            report=Report(
                "rpt_daily_revenue",
                (
                    ("day", "full_date"),
                    ("revenue", "total_revenue"),
                    ("expected_revenue", "expected_revenue"),
                    ("is_anomaly", "is_anomaly"),
                    ("holiday_name", "holiday_name"),
                ),
            ),
            sort=("day",),
            note="Usual is the median of the same weekday in the eight weeks before, given at "
            "least four such days; unusual is what lies further from it than six times the usual "
            "deviation and a tenth.",
            wide=True,
        ),
        Visual(
            "revenue_by_state",
            "Revenue by state",
            "Which states bring the most revenue?",
            "bars",
            dimensions=("country", "state"),
            measures=("revenue", "transactions", "average_order_value"),
            derived=(Derived("revenue_rank", "Rank", "rank", "revenue", "count"),),
            report=Report(
                "rpt_geographic_sales",
                (
                    ("country", "country"),
                    ("state", "state"),
                    ("revenue", "total_revenue"),
                ),
            ),
            sort=("-revenue", "country", "state"),
            limit=10,
        ),
        Visual(
            "quality_score",
            "Data quality",
            "How much of each delivery was good?",
            "quality",
            relation="rpt_batch_quality",
            columns=DELIVERY,
            sort=("batch_date", "table_name"),
            filters=("period",),
            note="A file's score is the share of its rows, or of their money where that is less, "
            "that was accepted; a day's score is that of its worst file. " + OF_DELIVERIES,
        ),
        Visual(
            "weekday_and_hour",
            "Revenue by weekday and hour",
            "At which hours of the week does the revenue come in?",
            "heat",
            dimensions=("weekday", "hour"),
            measures=("revenue",),
            report=Report(
                "rpt_weekday_and_hour",
                (
                    ("weekday", "day_name"),
                    ("hour", "hour_of_day"),
                    ("revenue", "total_revenue"),
                ),
            ),
            sort=("weekday", "hour"),
            look="The fuller an hour's colour, the more revenue it brings.",
            wide=True,
        ),
        Visual(
            "category_by_month",
            "Revenue by category and month",
            "Which category has its season when?",
            "heat",
            dimensions=("category", "month"),
            measures=("revenue", "units"),
            sort=("category", "month"),
            look="The fuller a month's colour, the nearer is it to the best month of its category.",
            wide=True,
        ),
        Visual(
            "revenue_by_country",
            "Revenue by country",
            "Which countries bring the most revenue?",
            "bars",
            dimensions=("country",),
            measures=("revenue", "transactions", "average_order_value"),
            sort=("-revenue", "country"),
            limit=15,
        ),
        Visual(
            "quarantine_of_the_run",
            "Rows in quarantine",
            "How many rows of the last delivery are in quarantine?",
            "delivery",
            relation="rpt_batch_quality",
            columns=DELIVERY,
            sort=("-batch_date", "table_name"),
            limit=len(TABLES),
            filters=(),
            note="Of the last batch, whatever the filters.",
        ),
    ),
)
