"""Pages with returns, for shops that have some: sheets of both facts, on which filters act."""

from dataclasses import replace

from dashboards.bi.sheets import Sheet, sheet, sheets
from dashboards.catalogue import DIMENSIONS, FACT, PAGES, Measure, Page, Visual
from dashboards.catalogue.metrics import declared_metrics
from dashboards.catalogue.returns import ADDED, ON_THEIR_DAY, with_returns

RETURNS = "fct_returns"
AFTER_RETURNS = ("returns", "net_sales", "return_rate_pct", "profit_after_returns")
# What both facts give; of reasons only the report knows.
OF_BOTH_FACTS = {
    "net_sales_by_month": (("month",), ("gross", "discount", *AFTER_RETURNS)),
    "returns_by_category": (("category",), ("units", "units_returned", *AFTER_RETURNS)),
}


def pages(*, has_returns: bool) -> tuple[Page, ...]:
    """Return the pages; what they show of returns, only where a shop has some."""
    return tuple(map(with_returns, PAGES)) if has_returns else PAGES


def sheets_of(page: Page) -> list[Sheet]:
    """Return a page's sheets in reading order."""
    added = {visual.id for visual in ADDED.get(page.id, ())}
    return [_sheet(each.visual) if each.id in added else each for each in sheets(page)]


def _sheet(visual: Visual) -> Sheet:
    if visual.id not in OF_BOTH_FACTS:
        return sheet(visual)
    dimensions, metrics = OF_BOTH_FACTS[visual.id]
    sort = tuple(name for name in visual.sort if name.lstrip("-") in metrics) or dimensions
    shown = replace(visual, relation=None, sort=sort, note=ON_THEIR_DAY.strip())
    return Sheet(
        shown, FACT, tuple(DIMENSIONS[name] for name in dimensions), tuple(map(_measure, metrics))
    )


def _measure(name: str) -> Measure:
    """Return a metric by what sheets read of it, its words: the formula is the data source's."""
    metric = declared_metrics()[name]
    first, *_ = metric.parts.values()
    return Measure(name, metric.label, metric.definition, first, format=metric.format)
