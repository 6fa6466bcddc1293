"""The HTML of a visual: its card, without figures."""

import html
from collections.abc import Sequence

from dashboards.catalogue import Drill, Visual
from dashboards.catalogue.queries import facts
from loader.contract import VARIABLES

# Shape, colour, meaning, and the field of which a mark is drawn: no key says what is not drawn.
REVENUE_OVER_TIME = (
    ("line", "c1", "Revenue", "revenue"),
    ("dash", "muted", "Year before", "revenue_year_before"),
)
KEYS = {
    "revenue_by_month": REVENUE_OVER_TIME,
    "product_by_month": REVENUE_OVER_TIME,
    "customer_by_month": REVENUE_OVER_TIME,
    "daily_revenue": (
        ("line", "c1", "Revenue", "revenue"),
        ("dash", "muted", "Usual", "expected_revenue"),
        ("dot", "c2", "Unusual day", "is_anomaly"),
        ("triangle", "c3", "Holiday", "holiday_name"),
    ),
    "net_sales_by_month": (
        ("line", "c1", "Net sales", "net_sales"),
        ("dash", "muted", "Year before", "net_sales_year_before"),
    ),
    "stock_cover": (
        ("dash", "text", f"Time to reorder, {VARIABLES['reorder_days']} days", "days_of_cover"),
    ),
}


def _key(visual: Visual) -> str:
    """Return what the marks of a chart mean that draws no legend of its own."""
    marks = "".join(
        f'<li data-field="{field}"><span class="mark {shape}" style="--mark: var(--{colour})">'
        f"</span>{text}</li>"
        for shape, colour, text, field in KEYS.get(visual.id, ())
    )
    return f'<ul class="key">{marks}</ul>' if marks else ""


def cards(visuals: Sequence[Visual]) -> str:
    """Return the cards of a page's visuals, or of one product's or customer's."""
    count = sum(visual.kind == "figure" for visual in visuals)
    return "\n".join(_card(visual, count) for visual in visuals)


def dialog(drill: Drill) -> str:
    """Return what the page opens of one product or customer: its figures, then its charts."""
    figures = [visual for visual in drill.visuals if visual.kind == "figure"]
    charts = [visual for visual in drill.visuals if visual.kind != "figure"]
    beside = [visual for visual in charts if not visual.wide]
    return (
        '<template id="drill"><dialog class="drill" aria-labelledby="drill-title">'
        '<div class="record"><header><h2 id="drill-title"></h2>'
        '<button type="button" class="close">Close</button><p class="shown"></p></header>'
        f'<dl class="facts"></dl>{_grid(figures, _columns(len(figures)))}'
        f"{_grid(charts, len(beside))}"
        '<p class="saved unseen" role="status" aria-live="polite"></p></div></dialog></template>'
    )


def _grid(visuals: Sequence[Visual], columns: int) -> str:
    return f'<div class="grid" style="--columns: {columns}">{cards(visuals)}</div>'


def _columns(count: int) -> int:
    """Return how many of so many cards stand beside each other, no row being cut."""
    return max(columns for columns in (1, 3, 4, 5) if count % columns == 0)


def _card(visual: Visual, count: int) -> str:
    title = html.escape(visual.title)
    if visual.kind == "figure":
        classes = f"card figure{' third' if count == 3 else ''}"
        body = (
            '<p class="value"></p><p class="change"></p><svg class="spark" viewBox="0 0 100 32"'
            ' preserveAspectRatio="none" aria-hidden="true"><path d=""/></svg>'
        )
    else:
        size = " wide" if visual.wide else " tall" if visual.tall else ""
        classes = f"card{size}"
        chart = '<div class="chart" role="img" tabindex="0"></div>'
        body = "" if visual.kind == "table" else f"{_key(visual)}{chart}"
    notes = (("note", visual.note), ("note look", visual.look))
    note = "".join(f'<p class="{name}">{html.escape(text)}</p>' for name, text in notes if text)
    is_shown = visual.kind == "table"
    rows = f'<div class="rows" id="{visual.id}-rows"{"" if is_shown else " hidden"}></div>'
    return (
        f'<figure class="{classes}" id="{visual.id}" aria-labelledby="{visual.id}-title">'
        f'<figcaption><h2 id="{visual.id}-title">{title}</h2>'
        f'<p class="question">{html.escape(visual.question)}</p>'
        '<p class="summary"></p></figcaption>'
        f'{body}{rows if is_shown else ""}<p class="window"></p>{note}'
        f'<div class="tools">{_tools(visual, title)}</div>'
        f"{'' if is_shown else rows}</figure>"
    )


def _tools(visual: Visual, title: str) -> str:
    """Return the buttons of a card: its table, and what it is saved or asked anew as."""
    shows_rows = f' aria-expanded="false" aria-controls="{visual.id}-rows"'
    buttons = (
        ("Table", shows_rows, visual.kind != "table"),
        ("CSV", "", True),
        ("PNG", "", visual.kind not in ("figure", "table")),
        ("SQL", "", bool(facts(visual))),
    )
    return "".join(
        f'<button type="button" class="to-{name.lower()}"{more} aria-label="{name}: {title}">'
        f"{name}</button>"
        for name, more, is_there in buttons
        if is_there
    )
