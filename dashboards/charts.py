"""One function per kind of chart: what a visual looks like, as Altair.

The page computes a visual's rows and hands them to its chart as `rows`: the fields of the
catalogue, and what it has made of them for people to read: `_label` (unique), `_text` and `_tip`.
Colours are names of the style sheet, so light and dark need no second chart.
"""

from collections.abc import Callable

import altair as alt
import vl_convert

from dashboards.catalogue import MEASURES, Page, Visual

VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])

ROWS = alt.NamedData("rows")
TIP = alt.Tooltip("_tip:N")
ACCENT, SECOND, THIRD = "var(--c1)", "var(--c2)", "var(--c3)"
TEXT, MUTED, GRID, CARD = "var(--text)", "var(--muted)", "var(--grid)", "var(--card)"
PALETTE = [f"var(--c{number})" for number in range(1, 9)]
AXIS_TEXT = {
    "money": "money(datum.value)",
    "percent": "percent(datum.value)",
    "count": "count(datum.value)",
    "decimal": "count(datum.value)",
}

CONFIG = alt.Config(
    aria=False,  # the figure around it says what it shows, and its table says it all
    background="transparent",
    font="inherit",
    padding=0,
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
        columnPadding=16,
    ),
)


def _values(visual: Visual, formats: dict[str, str], name: str, channel: type) -> object:
    """Return a quantitative channel whose axis reads as the field is written elsewhere."""
    axis = alt.Axis(labelExpr=AXIS_TEXT[formats[name]], tickCount=4, domain=False, ticks=False)
    return channel(f"{name}:Q", title=None, axis=axis)


def bars(visual: Visual, formats: dict[str, str]) -> alt.Chart:
    """Draw the first measure as bars from the left, each with its name and figures."""
    value = {"stock_cover": "days_of_cover", "quarantine_of_the_run": "quarantined_count"}.get(
        visual.id
    ) or visual.measures[0]
    base = alt.Chart(ROWS, height=alt.Step(30)).encode(
        y=alt.Y(
            "_label:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=170, labelColor=TEXT, domain=False, ticks=False),
        ),
        tooltip=TIP,
    )
    # room on the right for the figures of the longest bar
    scale = alt.Scale(
        domainMax={
            "expr": f"1.45 * max(1, data('rows').length ? extent(pluck(data('rows'), '{value}'))[1] : 1)"
        },
        domainMin=0,
        nice=False,
    )
    bar = base.mark_bar(color=ACCENT, cornerRadiusEnd=2, height=18).encode(
        x=alt.X(f"{value}:Q", title=None, axis=None, scale=scale)
    )
    text = base.mark_text(align="left", dx=6, color=TEXT, fontSize=12).encode(
        x=alt.X(f"{value}:Q", axis=None, scale=scale), text="_text:N"
    )
    return bar + text


def columns(visual: Visual, formats: dict[str, str]) -> alt.Chart:
    """Draw the first measure as columns in the order of the first dimension."""
    return (
        alt.Chart(ROWS, height=260)
        .mark_bar(color=ACCENT, cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "_label:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)
            ),
            y=_values(visual, formats, visual.measures[0], alt.Y),
            tooltip=TIP,
        )
    )


def stacked_columns(visual: Visual, formats: dict[str, str]) -> alt.Chart:
    """Draw columns over the first dimension, divided by the second."""
    return (
        alt.Chart(ROWS, height=260)
        .mark_bar()
        .encode(
            x=alt.X(
                "_x:N",
                sort=alt.SortField("_xi"),
                title=None,
                axis=alt.Axis(labelAngle=0, labelOverlap=True),
            ),
            y=_values(visual, formats, visual.measures[0], alt.Y),
            color=alt.Color(
                f"{visual.dimensions[1]}:N", title=None, scale=alt.Scale(range=[SECOND, ACCENT])
            ),
            order=alt.Order("_yi:Q", sort="descending"),
            tooltip=TIP,
        )
    )


def lines(visual: Visual, formats: dict[str, str]) -> alt.Chart:
    """Draw the first measure over months, with the year before as a dashed line."""
    base = alt.Chart(ROWS, height=280).encode(
        x=alt.X("_label:N", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        tooltip=TIP,
    )
    before = base.mark_line(color=MUTED, strokeDash=[5, 4], strokeWidth=1.5).encode(
        y=alt.Y(f"{visual.derived[0].name}:Q")
    )
    now = base.mark_line(
        color=ACCENT, strokeWidth=2.5, point=alt.OverlayMarkDef(color=ACCENT, size=45, filled=True)
    ).encode(y=_values(visual, formats, visual.measures[0], alt.Y))
    return before + now


def points(visual: Visual, formats: dict[str, str]) -> alt.Chart:
    """Draw a point per row: the first measure across, the second up, the third as its size."""
    across, up, size = visual.measures
    legend = alt.Legend(columns=3, symbolSize=80)
    return (
        alt.Chart(ROWS, height=320)
        .mark_circle(opacity=0.65, stroke=CARD, strokeWidth=0.5)
        .encode(
            x=alt.X(
                f"{across}:Q",
                title="Average price",
                scale=alt.Scale(type="log", nice=False),
                axis=alt.Axis(labelExpr=AXIS_TEXT["money"], tickCount=5, grid=False),
            ),
            y=alt.Y(
                f"{up}:Q",
                title="Profit",
                axis=alt.Axis(labelExpr=AXIS_TEXT["money"], tickCount=5, domain=False, ticks=False),
            ),
            size=alt.Size(f"{size}:Q", legend=None, scale=alt.Scale(range=[12, 260])),
            color=alt.Color(
                f"{visual.dimensions[2]}:N",
                title=None,
                scale=alt.Scale(range=PALETTE),
                legend=legend,
            ),
            tooltip=TIP,
        )
    )


def pareto(visual: Visual, formats: dict[str, str]) -> alt.Chart:
    """Draw how the share grows from the best product to the last, in its three classes."""
    base = alt.Chart(ROWS, height=320).encode(
        x=alt.X(
            "revenue_rank:Q", title="Products, best first", axis=alt.Axis(grid=False, tickCount=6)
        ),
        y=alt.Y(
            "running_share_pct:Q",
            title=None,
            scale=alt.Scale(domain=[0, 100]),
            axis=alt.Axis(
                labelExpr=AXIS_TEXT["percent"],
                values=[0, 20, 40, 60, 80, 95],
                domain=False,
                ticks=False,
            ),
        ),
        tooltip=TIP,
    )
    area = base.mark_area(opacity=0.18, interpolate="step-after").encode(
        color=alt.Color(
            "abc_class:N",
            title="Class",
            scale=alt.Scale(domain=["A", "B", "C"], range=[ACCENT, SECOND, THIRD]),
        )
    )
    return area + base.mark_line(color=ACCENT, strokeWidth=2)


def heat(visual: Visual, formats: dict[str, str]) -> alt.Chart:
    """Draw a cell per pair of dimensions, the fuller the more; small grids say their figures."""
    value = visual.derived[0].name if visual.derived else visual.measures[0]
    rows_apart = visual.id == "category_by_month"
    is_small = visual.id in ("rfm_grid", "cohort_retention", "category_by_month")
    base = (
        alt.Chart(ROWS, height=alt.Step(38 if visual.id == "rfm_grid" else 30))
        .transform_filter(f"isValid(datum.{value})")
        .transform_joinaggregate(_most=f"max({value})", groupby=["_y"] if rows_apart else [])
        .transform_calculate(_strength=f"datum._most > 0 ? datum.{value} / datum._most : 0")
        .encode(
            x=alt.X(
                "_x:N",
                sort=alt.SortField("_xi"),
                title=visual_axis(visual, 0),
                axis=alt.Axis(
                    labelAngle=0,
                    labelOverlap=True,
                    domain=False,
                    ticks=False,
                    orient="top" if visual.id == "cohort_retention" else "bottom",
                ),
            ),
            y=alt.Y(
                "_y:N",
                sort=alt.SortField("_yi"),
                title=visual_axis(visual, 1),
                axis=alt.Axis(domain=False, ticks=False, labelColor=TEXT, labelLimit=120),
            ),
            tooltip=TIP,
        )
    )
    strength = alt.Scale(domain=[0, 1], range=[0.05, 1])
    cells = base.mark_rect(fill=ACCENT, cornerRadius=2, stroke=CARD, strokeWidth=2).encode(
        fillOpacity=alt.FillOpacity("_strength:Q", scale=strength, legend=None)
    )
    if not is_small:
        return cells
    text = base.mark_text(fontSize=11).encode(
        text="_text:N",
        color=alt.condition("datum._strength > 0.5", alt.value(CARD), alt.value(TEXT)),
    )
    return cells + text


def visual_axis(visual: Visual, position: int) -> str | None:
    """Return the title of an axis where its labels do not speak for themselves."""
    titles = {
        "rfm_grid": ("Frequency, 5 = most often", "Recency, 5 = latest"),
        "cohort_retention": ("Months since the first purchase", "First bought in"),
        "weekday_and_hour": ("Hour of the day", None),
    }
    return titles.get(visual.id, (None, None))[position]


def tiles(visual: Visual, formats: dict[str, str]) -> alt.Chart:
    """Draw a tile per state, roughly where it lies, the fuller the more."""
    hidden = alt.Axis(labels=False, ticks=False, domain=False, grid=False, title=None)
    base = (
        alt.Chart(ROWS, height=alt.Step(44))
        .transform_filter("isValid(datum._column)")
        .transform_joinaggregate(_most="max(revenue)")
        .transform_calculate(_strength="datum._most > 0 ? datum.revenue / datum._most : 0")
        .encode(
            x=alt.X("_column:O", axis=hidden, scale=alt.Scale(domain=list(range(9)))),
            y=alt.Y("_row:O", axis=hidden, scale=alt.Scale(domain=list(range(8)))),
            tooltip=TIP,
        )
    )
    shape = {"cornerRadius": 4, "stroke": CARD, "strokeWidth": 3}
    ground = base.mark_rect(fill=GRID, fillOpacity=0.6, **shape)
    strength = alt.Scale(domain=[0, 1], range=[0, 1])
    cells = base.mark_rect(fill=ACCENT, **shape).encode(
        fillOpacity=alt.FillOpacity("_strength:Q", scale=strength, legend=None)
    )
    names = base.mark_text(fontSize=12, fontWeight=600, dy=-7).encode(
        text="_code:N",
        color=alt.condition("datum._strength > 0.5", alt.value(CARD), alt.value(TEXT)),
    )
    figures = base.mark_text(fontSize=10, dy=8).encode(
        text="_text:N",
        color=alt.condition("datum._strength > 0.5", alt.value(CARD), alt.value(TEXT)),
    )
    return ground + cells + names + figures


def treemap(visual: Visual, formats: dict[str, str]) -> alt.Chart:
    """Draw an area per brand within its category; the page lays them out in percent."""
    place = {"axis": None, "scale": alt.Scale(domain=[0, 100], nice=False)}
    base = (
        alt.Chart(ROWS, height=340)
        .transform_filter("isValid(datum._x0)")
        .encode(
            x=alt.X("_x0:Q", **place),
            x2="_x1:Q",
            y=alt.Y("_y0:Q", **place),
            y2="_y1:Q",
            tooltip=TIP,
        )
    )
    areas = base.mark_rect(stroke=CARD, strokeWidth=1.5).encode(
        color=alt.Color(
            "category:N",
            title=None,
            scale=alt.Scale(range=PALETTE),
            legend=alt.Legend(columns=3),
        ),
        fillOpacity=alt.condition("datum._is_rest", alt.value(0.55), alt.value(0.9)),
    )
    names = (
        base.transform_filter("datum._label")
        .mark_text(align="left", baseline="top", dx=5, dy=5, fontSize=11, color=CARD, clip=True)
        .encode(x2=alt.Undefined, y2=alt.Undefined, text="_label:N", y="_y1:Q")
    )
    return areas + names


def daily(visual: Visual, formats: dict[str, str]) -> alt.Chart:
    """Draw revenue by day over what is usual; unusual days are points, holidays ticks below."""
    base = alt.Chart(ROWS, height=300).encode(
        x=alt.X(
            "_date:T",
            title=None,
            axis=alt.Axis(grid=False, labelExpr="day_label(datum.value)", tickCount=8),
        ),
        tooltip=TIP,
    )
    usual = base.mark_line(color=MUTED, strokeDash=[4, 3], strokeWidth=1.2).encode(
        y=alt.Y("expected_revenue:Q")
    )
    revenue = base.mark_line(color=ACCENT, strokeWidth=1.4).encode(
        y=_values(visual, formats, "revenue", alt.Y)
    )
    unusual = (
        base.transform_filter("datum.is_unusual")
        .mark_point(color=SECOND, filled=True, size=60, opacity=1)
        .encode(y="revenue:Q")
    )
    holidays = (
        base.transform_filter("datum.holiday_name")
        .mark_point(shape="triangle-up", color=THIRD, filled=True, size=50, opacity=1)
        .encode(y=alt.YValue("height"))
    )
    return usual + revenue + unusual + holidays


def quality(visual: Visual, formats: dict[str, str]) -> alt.Chart:
    """Draw the score of each delivery: that of its worst file."""
    return (
        alt.Chart(ROWS, height=240)
        .transform_filter("isValid(datum.quality_pct)")
        .transform_aggregate(
            score="min(quality_pct)", _tip="min(_tip)", groupby=["batch_date", "_date"]
        )
        .mark_line(
            color=ACCENT,
            strokeWidth=2,
            point=alt.OverlayMarkDef(color=ACCENT, size=45, filled=True),
        )
        .encode(
            x=alt.X(
                "_date:T",
                title=None,
                axis=alt.Axis(grid=False, labelExpr="day_label(datum.value)", tickCount=6),
            ),
            y=alt.Y(
                "score:Q",
                title=None,
                scale=alt.Scale(zero=False, nice=True, domainMax=100),
                axis=alt.Axis(
                    labelExpr=AXIS_TEXT["percent"], tickCount=4, domain=False, ticks=False
                ),
            ),
            tooltip=TIP,
        )
    )


KINDS: dict[str, Callable[[Visual, dict[str, str]], alt.Chart]] = {
    "bars": bars,
    "columns": columns,
    "stacked_columns": stacked_columns,
    "lines": lines,
    "points": points,
    "pareto": pareto,
    "heat": heat,
    "tiles": tiles,
    "treemap": treemap,
    "daily": daily,
    "quality": quality,
    "delivery": bars,
}


def specifications(page: Page) -> dict[str, dict]:
    """Return the charts of a page as Vega, by visual; figures and tables have none."""
    return {
        visual.id: vl_convert.vegalite_to_vega(_specification(visual), vl_version=VEGA_LITE)
        for visual in page.visuals
        if visual.kind in KINDS
    }


def vega_bundle() -> str:
    """Return Vega as one script without imports, which sets window.vegaEmbed."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)


def _specification(visual: Visual) -> dict:
    formats = {name: MEASURES[name].format for name in visual.measures}
    drawn = KINDS[visual.kind](visual, formats).properties(width="container")
    return drawn.configure(**CONFIG.to_dict()).to_dict()
