"""What pages show besides where a shop delivers returns; without any they look as ever."""

from dataclasses import replace

from dashboards.catalogue.kinds import Column, Page, Visual

ON_THEIR_DAY = "Returns count on the day of the return. "
NET = (
    Column("total_returns", "Returns", "money"),
    Column("net_sales", "Net sales", "money"),
    Column("return_rate_pct", "Return rate", "percent"),
    Column("profit_after_returns", "Profit after returns", "money"),
)
ADDED = {
    "overview": (
        Visual(
            "net_sales_by_month",
            "Net sales by month",
            "What is left of the sales when goods come back?",
            "table",
            relation="rpt_monthly_trend",
            columns=(
                Column("year_month", "Month", "month"),
                Column("total_gross", "Gross sales", "money"),
                Column("total_discount", "Discounts", "money"),
                *NET,
            ),
            sort=("year_month",),
            filters=(),
            note="Net sales: gross sales minus discounts minus returns. "
            + ON_THEIR_DAY
            + "Of everything: the filters do not act on it.",
            wide=True,
        ),
    ),
    "products": (
        Visual(
            "returns_by_category",
            "Returns by category",
            "Which categories come back most?",
            "table",
            relation="rpt_category_performance",
            columns=(
                Column("category", "Category"),
                Column("units_sold", "Units sold", "count"),
                Column("units_returned", "Units returned", "count"),
                *NET,
            ),
            sort=("-return_rate_pct", "category"),
            filters=("category",),
            note="Return rate: units returned in percent of the units sold. "
            + ON_THEIR_DAY
            + "Of the filters only the category acts.",
            wide=True,
        ),
        Visual(
            "return_reasons",
            "Reasons of returns",
            "Why do goods come back?",
            "table",
            relation="rpt_return_reasons",
            columns=(
                Column("category", "Category"),
                Column("reason", "Reason"),
                Column("return_count", "Returns", "count"),
                Column("units_returned", "Units returned", "count"),
                Column("total_returns", "Refunds", "money"),
            ),
            sort=("-total_returns", "category", "reason"),
            filters=("category",),
            note="Of the last 90 days. Of the filters only the category acts.",
            wide=True,
        ),
    ),
}


def with_returns(page: Page) -> Page:
    """Return a page with what it shows besides of a shop that has returns."""
    return replace(page, visuals=page.visuals + ADDED.get(page.id, ()))
