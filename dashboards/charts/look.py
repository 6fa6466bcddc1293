"""How every chart looks.

Colours are names: site/assets/style.css has their values, so that one chart serves light and dark.
"""

import altair as alt

ACCENT, SECOND, THIRD = "var(--c1)", "var(--c2)", "var(--c3)"
TEXT, MUTED, GRID, CARD = "var(--text)", "var(--muted)", "var(--grid)", "var(--card)"
FAINT_INK, INK, HEAT = "var(--faint-ink)", "var(--ink)", "var(--heat)"
PALETTE = [f"var(--c{number})" for number in range(1, 9)]
# A font that the browser measures as it draws it, or labels would be cut off.
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
# How opaque the weakest and the strongest cell are, and at which strengths the text on them changes
# its colour, so that it has WCAG's contrast of 4.5 to 1 everywhere, in light and dark.
CELL_OPACITY, GROUND_OPACITY = [0.06, 1], 0.5
INKS, INK_CHANGES = [FAINT_INK, INK, CARD], [0.51, 0.76]

ROWS = alt.NamedData("rows")
# What the page says of a picture beside its rows (assets/4_pictures.js): names along the axes in
# their order, values that have a colour, those of them that are drawn, where the axis of bars ends,
# and that of points. Taken from the rows, an axis would keep what it met first.
SIGNALS: dict[str, object] = {
    "across": [],
    "up": [],
    "colours": ["Other"],
    "named": ["Other"],
    "most": 1,
    "span": [1, 10],
}
ACROSS, UP, COLOURS, NAMED, MOST, SPAN = (alt.ExprRef(name) for name in SIGNALS)
COLUMNS = alt.ExprRef("width > 420 ? 3 : 2")
TIP = alt.Tooltip("_tip:N")
HIDDEN = alt.Axis(labels=False, ticks=False, domain=False, grid=False, title=None)

# The functions of assets/3_text.js that write an axis's figures.
AXIS_TEXT = {
    "money": "money(datum.value)",
    "percent": "percent(datum.value)",
    "count": "datum.value % 1 ? '' : count(datum.value)",
    "decimal": "decimal(datum.value)",
}
LINES = "split(datum.label, '\\n')"
DAYS = alt.Axis(
    grid=False,
    # a short axis has ticks within a day, too
    labelExpr="datum.value % 86400000 ? '' : day_label(datum.value, span(domain('x')) > 31536e6)",
    tickCount=8,
    labelOverlap=True,
    labelBound=True,
    title=None,
)
# Days are told as their midnight in UTC, wherever the reader is.
UTC = alt.Scale(type="utc")
# a label may reach into the padding around the chart, and no further
NAMES = alt.Axis(labelExpr=LINES, labelAngle=0, labelOverlap=True, labelBound=4, title=None)
ALONG = alt.X("_label:N", scale=alt.Scale(domain=ACROSS), axis=NAMES)

CONFIG = alt.Config(
    aria=False,  # the figure around it says what it shows, and its table says it all
    background="transparent",
    font=FONT,
    padding=4,
    view=alt.ViewConfig(stroke=None),
    axis=alt.AxisConfig(
        labelColor=MUTED,
        titleColor=MUTED,
        gridColor=GRID,
        domainColor=GRID,
        tickColor=GRID,
        labelFontSize=12,
        titleFontSize=12,
        titleFontWeight="normal",
        labelPadding=6,
        labelSeparation=6,  # of labels of which those that overlap are left out
        titlePadding=10,
    ),
    legend=alt.LegendConfig(
        labelColor=TEXT,
        titleColor=MUTED,
        labelFontSize=12,
        titleFontSize=12,
        titleFontWeight="normal",
        orient="top",
        symbolType="square",
        symbolSize=90,
        columnPadding=18,
        offset=8,
    ),
)


def figures(name: str, text: str, title: str | None = None) -> alt.Y:
    """Return a quantitative channel whose axis is written as the figures are elsewhere."""
    axis = alt.Axis(labelExpr=AXIS_TEXT[text], tickCount=5, title=title, domain=False, ticks=False)
    return alt.Y(f"{name}:Q", axis=axis)


def coloured(name: str, symbol: str = "square") -> alt.Color:
    """Return colours of which each stands for the same value whatever is chosen."""
    scale = alt.Scale(domain=COLOURS, range=PALETTE)
    return alt.Color(
        f"{name}:N",
        title=None,
        scale=scale,
        legend=alt.Legend(columns=COLUMNS, symbolType=symbol, values=NAMED),
    )


def on_strength() -> alt.Color:
    """Return the colour of text on a cell filled by its strength: the one that is read best."""
    bounds = alt.Scale(type="threshold", domain=INK_CHANGES, range=INKS)
    condition = {"test": "datum._is_few", "value": MUTED}
    return alt.Color("_strength:Q", scale=bounds, legend=None, condition=condition)
