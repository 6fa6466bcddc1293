"""Cells and areas: two dimensions at once, places, and parts of a whole."""

import altair as alt
from altair.typing import ChartType

from dashboards.catalogue import Visual
from dashboards.charts.look import (
    ACROSS,
    CARD,
    CELL_OPACITY,
    GRID,
    GROUND_OPACITY,
    HEAT,
    HIDDEN,
    LINES,
    ROWS,
    TEXT,
    TIP,
    UP,
    coloured,
    on_strength,
)


def heat(visual: Visual) -> ChartType:
    """Draw a cell per pair of dimensions, the fuller the more."""
    return _cells(visual.measures[0])


def hours(_: Visual) -> ChartType:
    """Draw the week, an hour a cell."""
    return _cells("revenue", x_title="Hour of the day")


def scores(_: Visual) -> ChartType:
    """Draw customers by how recently and how often they bought."""
    return _cells(
        "customers", step=44, x_title="Frequency, 5 = most often", y_title="Recency, 5 = latest"
    )


def seasons(_: Visual) -> ChartType:
    """Draw each category's months against its own best one."""
    return _cells("revenue", most_of="_y")


def cohorts(_: Visual) -> ChartType:
    """Draw retention by cohort: coloured are the later months, of cohorts that are not too few."""
    later = "datum.months_since > 0 && !datum._is_few ? datum.retention_pct : 0"
    return _cells("retention_pct", scaled=later, x_title="Months since the first purchase")


def _cells(
    value: str,
    *,
    scaled: str = "",
    most_of: str | None = None,
    step: int = 30,
    x_title: str | None = None,
    y_title: str | None = None,
) -> ChartType:
    base = alt.Chart().encode(
        x=alt.X(
            "_x:N",
            scale=alt.Scale(domain=ACROSS),
            axis=alt.Axis(
                labelExpr=LINES,
                labelAngle=0,
                labelOverlap=True,
                labelBound=4,
                title=x_title,
                domain=False,
                ticks=False,
            ),
        ),
        y=alt.Y(
            "_y:N",
            scale=alt.Scale(domain=UP),
            axis=alt.Axis(labelColor=TEXT, labelLimit=0, title=y_title, domain=False, ticks=False),
        ),
        tooltip=TIP,
    )
    strength = alt.Scale(domain=[0, 1], range=CELL_OPACITY, clamp=True)
    rect: alt.Chart = base.mark_rect(fill=HEAT, cornerRadius=2, stroke=CARD, strokeWidth=2)
    text: alt.Chart = base.mark_text(fontSize=11)
    layers = alt.layer(
        rect.encode(fillOpacity=alt.FillOpacity("_strength:Q", scale=strength, legend=None)),
        text.encode(text="_text:N", color=on_strength()),
        data=ROWS,
        height=alt.Step(step),
    )
    return (
        layers.transform_filter(f"isValid(datum.{value})")
        .transform_calculate(_scaled=scaled or f"datum.{value}")
        .transform_joinaggregate(_most="max(_scaled)", groupby=[most_of] if most_of else [])
        .transform_calculate(_strength="datum._most > 0 ? datum._scaled / datum._most : 0")
    )


def tiles(_: Visual) -> ChartType:
    """Draw a tile per state, roughly where it lies, the fuller the more."""
    base = (
        alt.Chart(ROWS, height=alt.Step(58))
        .transform_joinaggregate(_most="max(revenue)")
        .transform_calculate(_strength="datum._most > 0 ? datum.revenue / datum._most : 0")
        .encode(
            x=alt.X("_x:O", scale=alt.Scale(domain=ACROSS), axis=HIDDEN),
            y=alt.Y("_y:O", scale=alt.Scale(domain=UP), axis=HIDDEN),
            tooltip=TIP,
        )
    )
    ground: alt.Chart = base.mark_rect(
        fill=GRID, fillOpacity=GROUND_OPACITY, cornerRadius=5, stroke=CARD, strokeWidth=3
    )
    tile: alt.Chart = base.mark_rect(fill=HEAT, cornerRadius=5, stroke=CARD, strokeWidth=3)
    strength = alt.Scale(domain=[0, 1], range=[0, 1])
    name: alt.Chart = base.mark_text(fontSize=13, fontWeight=600, dy=-7)
    amount: alt.Chart = base.mark_text(fontSize=10.5, dy=9)
    return (
        ground
        + tile.encode(fillOpacity=alt.FillOpacity("_strength:Q", scale=strength, legend=None))
        + name.encode(text="_code:N", color=on_strength())
        + amount.encode(text="_text:N", color=on_strength())
    )


def treemap(_: Visual) -> ChartType:
    """Draw an area per brand within its category; the page lays them out in percent."""
    percent = alt.Scale(domain=[0, 100], nice=False)
    base = alt.Chart(ROWS, height=320).encode(
        x=alt.X("_x0:Q", axis=None, scale=percent),
        y=alt.Y("_y1:Q", axis=None, scale=percent),
        tooltip=TIP,
    )
    area: alt.Chart = base.mark_rect(stroke=CARD, strokeWidth=1.5)
    filled = area.encode(
        x2="_x1:Q",
        y2="_y0:Q",
        color=coloured("_colour"),
    )
    name: alt.Chart = base.mark_text(
        align="left", baseline="top", dx=5, dy=5, fontSize=11, color=CARD
    )
    return filled + name.encode(text="_label:N")
