"""One function per kind of chart: what a visual looks like, as Altair.

The page computes a visual's rows and hands them to its chart as `rows`: the fields of the
catalogue, and what it has made of them to be read or placed, whose names begin with `_`
(assets/4_pictures.js): `_label` is unique, `_text` stands beside a mark, `_tip` comes up over it.
"""

from collections.abc import Callable
from dataclasses import replace

import altair as alt
import vl_convert

from dashboards.catalogue import MEASURES, Page, Visual
from dashboards.look import (
    ACCENT,
    AXIS_TEXT,
    CARD,
    CONFIG,
    DAYS,
    GRID,
    HEAT,
    HIDDEN,
    MUTED,
    NAMES,
    PALETTE,
    PLAIN,
    SECOND,
    TEXT,
    THIRD,
    TIP,
    UTC,
    figures,
    on_strength,
)

VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
ROWS = alt.NamedData("rows")


def bars(visual: Visual) -> alt.Chart:
    """Draw the first measure as bars from the left, each with its name and figures."""
    return _bars(visual.measures[0])


def segments(_: Visual) -> alt.Chart:
    """Draw the few segments as broad bars."""
    return _bars("customers", step=56, size=32)


def shortest(_: Visual) -> alt.Chart:
    """Draw how much the scarcest products are asked for; those that are sold out stand out."""
    colour = alt.condition("datum.stock_quantity > 0", alt.value(ACCENT), alt.value(SECOND))
    return _bars("units_sold", colour)


def delivery(_: Visual) -> alt.Chart:
    """Draw the rows in quarantine as bars."""
    return _bars("quarantined_count", SECOND)


def _bars(
    value: str, colour: str | dict = ACCENT, step: int = 30, size: int = 18
) -> alt.LayerChart:
    most = f"data('rows').length ? extent(pluck(data('rows'), '{value}'))[1] : 0"
    # room on the right for the figures of the longest bar
    scale = alt.Scale(
        domainMin=0, domainMax={"expr": f"1.5 * max(0.001, {most})"}, nice=False, clamp=True
    )
    base = alt.Chart(ROWS, height=alt.Step(step)).encode(
        x=alt.X(f"{value}:Q", axis=None, scale=scale, stack=None),
        y=alt.Y(
            "_label:N",
            sort=None,
            axis=alt.Axis(labelLimit=150, labelColor=TEXT, title=None, **PLAIN),
        ),
        tooltip=TIP,
    )
    bar = base.mark_bar(cornerRadiusEnd=2, height=size).encode(
        color=alt.value(colour) if isinstance(colour, str) else colour
    )
    text = base.mark_text(align="left", dx=6, color=TEXT, fontSize=12)
    return bar + text.encode(text="_text:N")


def columns(visual: Visual) -> alt.Chart:
    """Draw the first measure as columns in the order of the rows, with a figure above each."""
    name = visual.measures[0]
    base = alt.Chart(ROWS, height=260).encode(
        x=alt.X("_label:N", sort=None, axis=NAMES),
        y=figures(name, MEASURES[name].format).stack(None),
        tooltip=TIP,
    )
    text = base.mark_text(baseline="bottom", dy=-4, color=TEXT, fontSize=11)
    return base.mark_bar(color=ACCENT, cornerRadiusEnd=2) + text.encode(text="_text:N")


def stacked_columns(visual: Visual) -> alt.Chart:
    """Draw columns over the first dimension, divided by the second."""
    name = visual.measures[0]
    return (
        alt.Chart(ROWS, height=260)
        .mark_bar()
        .encode(
            x=alt.X("_x:N", sort=alt.SortField("_xi"), axis=NAMES),
            y=figures(name, MEASURES[name].format),
            color=alt.Color(
                f"{visual.dimensions[1]}:N", title=None, scale=alt.Scale(range=[SECOND, ACCENT])
            ),
            order=alt.Order("_yi:Q", sort="descending"),
            tooltip=TIP,
        )
    )


def lines(visual: Visual) -> alt.Chart:
    """Draw the first measure over months, with the year before as a dashed line."""
    name = visual.measures[0]
    base = alt.Chart(ROWS, height=280).encode(
        x=alt.X("_label:N", sort=None, axis=NAMES), tooltip=TIP
    )
    before = base.mark_line(color=MUTED, strokeDash=[5, 4], strokeWidth=1.5, point=_dots(MUTED, 18))
    now = base.mark_line(color=ACCENT, strokeWidth=2.5, point=_dots(ACCENT, 45))
    return before.encode(y=alt.Y(f"{visual.derived[0].name}:Q")) + now.encode(
        y=figures(name, MEASURES[name].format)
    )


def _dots(colour: str, size: int) -> alt.OverlayMarkDef:
    return alt.OverlayMarkDef(color=colour, size=size, filled=True)


def points(visual: Visual) -> alt.Chart:
    """Draw a point per row: the first measure across, the second up, the third as its size."""
    across, up, size = visual.measures
    x = figures(across, "money", alt.X, MEASURES[across].label)
    return (
        alt.Chart(ROWS, height=320)
        .mark_circle(opacity=0.7, stroke=CARD, strokeWidth=0.5)
        .encode(
            x=x.scale(type="log", nice=False, padding=8).axis(
                labelExpr=AXIS_TEXT["money"],
                title=MEASURES[across].label,
                labelOverlap=True,
                tickCount=4,
                grid=False,
            ),
            y=figures(up, "money", title=MEASURES[up].label),
            size=alt.Size(f"{size}:Q", legend=None, scale=alt.Scale(range=[14, 260])),
            color=alt.Color(
                f"{visual.dimensions[2]}:N",
                title=None,
                scale=alt.Scale(range=PALETTE),
                legend=alt.Legend(columns=3, symbolType="circle"),
            ),
            tooltip=TIP,
        )
    )


def pareto(_: Visual) -> alt.Chart:
    """Draw how the share grows from the best product to the last, in its three classes."""
    base = alt.Chart(ROWS, height=320).encode(
        x=alt.X(
            "revenue_rank:Q",
            scale=alt.Scale(nice=False),
            axis=alt.Axis(grid=False, tickCount=5, title="Products, best first"),
        ),
        y=alt.Y(
            "running_share_pct:Q",
            scale=alt.Scale(domain=[0, 100]),
            axis=alt.Axis(
                labelExpr=AXIS_TEXT["percent"], values=[0, 20, 40, 60, 80, 95], title=None, **PLAIN
            ),
        ),
        tooltip=TIP,
    )
    classes = alt.Scale(domain=["A", "B", "C"], range=[ACCENT, SECOND, THIRD])
    area = base.mark_area(opacity=0.25).encode(
        color=alt.Color("abc_class:N", title="Class", scale=classes)
    )
    return area + base.mark_line(color=ACCENT, strokeWidth=2)


def heat(visual: Visual) -> alt.Chart:
    """Draw a cell per pair of dimensions, the fuller the more."""
    return _cells(visual.measures[0])


def hours(_: Visual) -> alt.Chart:
    """Draw the week, an hour a cell."""
    return _cells("revenue", x_title="Hour of the day")


def scores(_: Visual) -> alt.Chart:
    """Draw customers by how recently and how often they bought."""
    return _cells(
        "customers", step=44, x_title="Frequency, 5 = most often", y_title="Recency, 5 = latest"
    )


def seasons(_: Visual) -> alt.Chart:
    """Draw each category's months against its own best one."""
    return _cells("revenue", most_of=["_y"])


def cohorts(_: Visual) -> alt.Chart:
    """Draw retention by cohort; the first month is 100 by definition and sets no scale."""
    later = "datum.months_since > 0 ? datum.retention_pct : 0"
    return _cells("retention_pct", scaled=later, x_title="Months since the first purchase")


def _cells(
    value: str,
    *,
    scaled: str = "",
    most_of: list[str] | None = None,
    step: int = 30,
    x_title: str | None = None,
    y_title: str | None = None,
) -> alt.LayerChart:
    base = alt.Chart().encode(
        x=alt.X(
            "_x:N",
            sort=alt.SortField("_xi"),
            axis=alt.Axis(labelAngle=0, labelOverlap=True, title=x_title, **PLAIN),
        ),
        y=alt.Y(
            "_y:N",
            sort=alt.SortField("_yi"),
            axis=alt.Axis(labelColor=TEXT, labelLimit=120, title=y_title, **PLAIN),
        ),
        tooltip=TIP,
    )
    strength = alt.Scale(domain=[0, 1], range=[0.06, 1], clamp=True)
    cells = base.mark_rect(fill=HEAT, cornerRadius=2, stroke=CARD, strokeWidth=2).encode(
        fillOpacity=alt.FillOpacity("_strength:Q", scale=strength, legend=None)
    )
    text = base.mark_text(fontSize=11).encode(text="_text:N", color=on_strength())
    layers = alt.layer(cells, text, data=ROWS, height=alt.Step(step))
    return (
        layers.transform_filter(f"isValid(datum.{value})")
        .transform_calculate(_scaled=scaled or f"datum.{value}")
        .transform_joinaggregate(_most="max(_scaled)", groupby=most_of or [])
        .transform_calculate(_strength=f"datum._most > 0 ? min(1, datum.{value} / datum._most) : 0")
    )


def tiles(_: Visual) -> alt.Chart:
    """Draw a tile per state, roughly where it lies, the fuller the more."""
    base = (
        alt.Chart(ROWS, height=alt.Step(58))
        .transform_joinaggregate(_most="max(revenue)")
        .transform_calculate(_strength="datum._most > 0 ? datum.revenue / datum._most : 0")
        .encode(
            x=alt.X("_column:O", axis=HIDDEN),
            y=alt.Y("_row:O", axis=HIDDEN),
            tooltip=TIP,
        )
    )
    shape = {"cornerRadius": 5, "stroke": CARD, "strokeWidth": 3}
    ground = base.mark_rect(fill=GRID, fillOpacity=0.7, **shape)
    strength = alt.Scale(domain=[0, 1], range=[0, 1])
    cells = base.mark_rect(fill=HEAT, **shape).encode(
        fillOpacity=alt.FillOpacity("_strength:Q", scale=strength, legend=None)
    )
    colour = on_strength()
    names = base.mark_text(fontSize=13, fontWeight=600, dy=-7).encode(text="_code:N", color=colour)
    sums = base.mark_text(fontSize=10.5, dy=9).encode(text="_text:N", color=colour)
    return ground + cells + names + sums


def treemap(_: Visual) -> alt.Chart:
    """Draw an area per brand within its category; the page lays them out in percent."""
    place = {"axis": None, "scale": alt.Scale(domain=[0, 100], nice=False)}
    base = alt.Chart(ROWS, height=320).encode(
        x=alt.X("_x0:Q", **place), y=alt.Y("_y1:Q", **place), tooltip=TIP
    )
    areas = base.mark_rect(stroke=CARD, strokeWidth=1.5).encode(
        x2="_x1:Q",
        y2="_y0:Q",
        color=alt.Color(
            "category:N",
            title=None,
            scale=alt.Scale(range=PALETTE),
            legend=alt.Legend(columns=3),
        ),
    )
    names = base.mark_text(align="left", baseline="top", dx=5, dy=5, fontSize=11, color=CARD)
    return areas + names.encode(text="_label:N")


def daily(_: Visual) -> alt.Chart:
    """Draw revenue by day over what is usual; unusual days are points, holidays ticks below."""
    base = alt.Chart(ROWS, height=300).encode(x=alt.X("_date:T", axis=DAYS, scale=UTC), tooltip=TIP)
    usual = base.mark_line(color=MUTED, strokeDash=[4, 3], strokeWidth=1.2)
    revenue = base.mark_line(color=ACCENT, strokeWidth=1.5)
    unusual = base.transform_filter("datum.is_unusual").mark_point(
        color=SECOND, filled=True, size=64, opacity=1
    )
    holidays = base.transform_filter("datum.holiday_name").mark_point(
        shape="triangle-up", color=THIRD, filled=True, size=60, opacity=1
    )
    return (
        usual.encode(y=alt.Y("expected_revenue:Q"))
        + revenue.encode(y=figures("revenue", "money"))
        + unusual.encode(y="revenue:Q")
        + holidays.encode(y=alt.YDatum(0))
    )


def quality(_: Visual) -> alt.Chart:
    """Draw the score of each delivery: that of its worst file."""
    scale = alt.Scale(zero=False, domainMax=100, nice=False, padding=6)
    return (
        alt.Chart(ROWS, height=280)
        .transform_filter("datum._is_worst")
        .mark_line(color=ACCENT, strokeWidth=2, point=_dots(ACCENT, 45))
        .encode(
            x=alt.X("_date:T", axis=DAYS, scale=UTC),
            y=figures("quality_pct", "percent").scale(scale),
            tooltip=TIP,
        )
    )


KINDS: dict[str, Callable[[Visual], alt.Chart]] = {
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
    "delivery": delivery,
}

# Visuals that are not drawn like others of their kind.
OWN: dict[str, Callable[[Visual], alt.Chart]] = {
    "category_by_month": seasons,
    "cohort_retention": cohorts,
    "customers_by_segment": segments,
    "rfm_grid": scores,
    "stock_cover": shortest,
    "weekday_and_hour": hours,
}


def specifications(page: Page) -> dict[str, dict]:
    """Return the charts of a page as Vega, by visual; figures and tables have none."""
    charts = {visual.id: specification(visual) for visual in page.visuals if visual.kind in KINDS}
    # where no place has a tile, the map is a ranking
    charts |= {
        f"{visual.id}_as_bars": specification(replace(visual, kind="bars"))
        for visual in page.visuals
        if visual.kind == "tiles"
    }
    return {
        name: vl_convert.vegalite_to_vega(chart, vl_version=VEGA_LITE)
        for name, chart in charts.items()
    }


def specification(visual: Visual) -> dict:
    """Return a visual's chart as Vega-Lite."""
    draw = OWN.get(visual.id) or KINDS[visual.kind]
    return draw(visual).properties(width="container").configure(**CONFIG.to_dict()).to_dict()


def vega_bundle() -> str:
    """Return Vega as one script without imports, which sets window.vegaEmbed."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)
