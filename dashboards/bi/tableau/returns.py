"""Pages with returns, for shops that have some: sheets of both facts, on which filters act."""

from dataclasses import replace

from dashboards.bi.sheets import Sheet, sheet
from dashboards.catalogue import DIMENSIONS, FACT, MEASURES, PAGES, Column, Page, Visual
from dashboards.catalogue.returns import ADDED

AFTER_RETURNS = ("returns", "net_sales", "return_rate_pct", "profit_after_returns")
# What both facts give, of the catalogue's visuals: dimensions and metrics.
OF_BOTH_FACTS = {
    "net_sales_by_month": (("month",), ("gross", "discount", *AFTER_RETURNS)),
    "returns_by_category": (("category",), ("units", "units_returned", *AFTER_RETURNS)),
}
# Of reasons the workbook shows the report.
REASONS = Visual(
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
    note="Of the last 90 days.",
    wide=True,
)


def pages(*, has_returns: bool) -> tuple[Page, ...]:
    """Return the pages; what they show of returns, only where a shop has some."""
    return tuple(map(_with_returns, PAGES)) if has_returns else PAGES


def sheets_of(page: Page) -> list[Sheet]:
    """Return a page's sheets in reading order."""
    return [_sheet(visual) for visual in page.visuals]


def _with_returns(page: Page) -> Page:
    tables = filter(None, map(_table, ADDED.get(page.id, ())))
    return replace(page, visuals=(*page.visuals, *tables))


def _table(visual: Visual) -> Visual | None:
    if visual.id == REASONS.id:
        return REASONS
    is_shown = visual.id in OF_BOTH_FACTS
    return replace(visual, kind="table", derived=(), wide=True) if is_shown else None


def _sheet(visual: Visual) -> Sheet:
    if visual.id not in OF_BOTH_FACTS:
        return sheet(visual)
    dimensions, metrics = OF_BOTH_FACTS[visual.id]
    sort = tuple(name for name in visual.sort if name.lstrip("-") in metrics) or dimensions
    return Sheet(
        replace(visual, sort=sort),
        FACT,
        tuple(DIMENSIONS[name] for name in dimensions),
        tuple(MEASURES[name] for name in metrics),
    )
