"""What pages show besides where a shop delivers returns; without any they look as ever."""

from dataclasses import replace

from dashboards.catalogue.drills import FILTERS_OF, figure_of
from dashboards.catalogue.kinds import Derived, Page, Report, Visual
from dashboards.catalogue.products import PRODUCT
from dashboards.catalogue.star import with_own_filters

ON_THEIR_DAY = "Returns count on the day of the return."
RATE = "Return rate: units returned in percent of the units sold. " + ON_THEIR_DAY
# Of each group what came back, how much of what was sold that is, and what is left.
FIGURES = ("returns", "units_returned", "return_rate_pct", "net_sales", "profit_after_returns")
COLUMNS = (
    ("returns", "total_returns"),
    ("units_returned", "units_returned"),
    ("return_rate_pct", "return_rate_pct"),
    ("net_sales", "net_sales"),
    ("profit_after_returns", "profit_after_returns"),
)


def _figure(measure: str, title: str, question: str, page: str) -> Visual:
    return Visual(f"{page}_{measure}", title, question, "figure", measures=(measure,))


ADDED = {
    "overview": (
        _figure("net_sales", "Net sales", "What is left when goods come back?", "overview"),
        _figure("returns", "Returns", "How much was paid back?", "overview"),
        _figure("return_rate_pct", "Return rate", "How much of the sold came back?", "overview"),
        _figure(
            "profit_after_returns",
            "Profit after returns",
            "How much profit is left?",
            "overview",
        ),
        Visual(
            "net_sales_by_month",
            "Net sales over time",
            "How do sales develop less what comes back?",
            "lines",
            dimensions=("month",),
            measures=("net_sales", "gross", "discount", *FIGURES[:3], FIGURES[-1]),
            derived=(
                Derived(
                    "net_sales_year_before",
                    "Net sales a year before",
                    "previous_year",
                    "net_sales",
                    "money",
                ),
            ),
            report=Report(
                "rpt_monthly_trend",
                (
                    ("month", "year_month"),
                    ("gross", "total_gross"),
                    ("discount", "total_discount"),
                    *COLUMNS,
                ),
            ),
            sort=("month",),
            note="Net sales: gross sales minus discounts minus returns. " + ON_THEIR_DAY,
            wide=True,
        ),
    ),
    "products": (
        _figure("units_returned", "Units returned", "How many units came back?", "products"),
        _figure("returns", "Returns", "How much was paid back?", "products"),
        _figure("return_rate_pct", "Return rate", "How much of the sold came back?", "products"),
        _figure(
            "profit_after_returns",
            "Profit after returns",
            "How much profit is left?",
            "products",
        ),
        Visual(
            "returns_by_category",
            "Returns by category",
            "Which categories come back most?",
            "bars",
            dimensions=("category",),
            measures=FIGURES,
            report=Report("rpt_category_performance", (("category", "category"), *COLUMNS)),
            sort=("-returns", "category"),
            note=RATE,
        ),
        Visual(
            "return_reasons",
            "Reasons of returns",
            "Why do goods come back?",
            "bars",
            dimensions=("reason",),
            measures=("returns", "units_returned"),
            derived=(Derived("returns_share_pct", "Share of returns", "share", "returns"),),
            sort=("-returns", "reason"),
            note=ON_THEIR_DAY,
        ),
        Visual(
            "returns_by_product",
            "Returns by product",
            "Which products come back most?",
            "table",
            dimensions=PRODUCT,
            measures=FIGURES,
            report=Report("agg_product_performance", (("product_id", "product_id"), *COLUMNS)),
            sort=("-returns", "product_id"),
            note=RATE,
            wide=True,
        ),
    ),
    "time_and_place": (
        Visual(
            "returns_by_state",
            "Returns by state",
            "Where do goods come back from?",
            "bars",
            dimensions=("country", "state"),
            measures=FIGURES,
            sort=("-returns", "country", "state"),
            limit=10,
            note=RATE,
            wide=True,
        ),
    ),
}


# Of one product; the Customers page knows no returns.
DRILLED = {
    "products": (
        figure_of("product", "returns", "Returns", "How much was paid back?"),
        figure_of("product", "return_rate_pct", "Return rate", "How much of the sold came back?"),
        figure_of("product", "net_sales", "Net sales", "What is left when goods come back?"),
        figure_of("product", "profit_after_returns", "Profit after returns", "How much is left?"),
        Visual(
            "product_by_reason",
            "Reasons of returns",
            "Why does the product come back?",
            "bars",
            dimensions=("reason",),
            measures=("returns", "units_returned"),
            derived=(Derived("returns_share_pct", "Share of returns", "share", "returns"),),
            sort=("-returns", "reason"),
            filters=FILTERS_OF["product"],
            note=ON_THEIR_DAY,
        ),
    ),
}


def with_returns(page: Page) -> Page:
    """Return a page with what it shows besides of a shop that has returns: figures by figures."""
    drill = page.drill
    if drill and page.id in DRILLED:
        drill = replace(drill, visuals=_figures_first(drill.visuals + DRILLED[page.id]))
    visuals = _figures_first(page.visuals + ADDED.get(page.id, ()))
    return with_own_filters(replace(page, visuals=visuals, drill=drill))


def _figures_first(visuals: tuple[Visual, ...]) -> tuple[Visual, ...]:
    return tuple(sorted(visuals, key=lambda one: one.kind != "figure"))
