"""Cells and areas: two dimensions at once, places, and parts of a whole."""

import altair as alt

from dashboards.catalogue import Visual
from dashboards.charts.look import (
    CARD,
    CELL_OPACITY,
    GRID,
    GROUND_OPACITY,
    HEAT,
    HIDDEN,
    PALETTE,
    PLAIN,
    ROWS,
    TEXT,
    TIP,
    on_strength,
)


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
    strength = alt.Scale(domain=[0, 1], range=CELL_OPACITY, clamp=True)
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
    ground = base.mark_rect(fill=GRID, fillOpacity=GROUND_OPACITY, **shape)
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
