"""Lines and points: how something goes on, and how two things go together.

What a mark says, the page finds by what is nearest to the pointer (assets/4_pointing.js).
"""

import altair as alt
from altair.typing import ChartType

from dashboards.catalogue import MEASURES, Visual
from dashboards.charts.look import (
    ACCENT,
    ALONG,
    AXIS_TEXT,
    CARD,
    DAYS,
    MUTED,
    NAMED,
    ROWS,
    SECOND,
    SPAN,
    THIRD,
    UTC,
    coloured,
    figures,
)

# A dot for each day of a year would hide its line.
FEW_DOTS = "length(data('rows')) > 70 ? 0 : {}"


def lines(visual: Visual) -> ChartType:
    """Draw the first measure over months, with the year before as a dashed line."""
    name = visual.measures[0]
    base = alt.Chart(ROWS, height=280).encode(x=ALONG)
    before: alt.Chart = base.mark_line(
        color=MUTED, strokeDash=[5, 4], strokeWidth=1.5, point=_dots(MUTED, FEW_DOTS.format(18))
    )
    dots = _dots(ACCENT, FEW_DOTS.format(45))
    now: alt.Chart = base.mark_line(color=ACCENT, strokeWidth=2.5, point=dots)
    return before.encode(y=alt.Y(f"{visual.derived[0].name}:Q")) + now.encode(
        y=figures(name, MEASURES[name].format)
    )


def _dots(colour: str, size: str) -> alt.OverlayMarkDef:
    return alt.OverlayMarkDef(color=colour, size=alt.ExprRef(size), filled=True)


def _single(base: alt.Chart) -> alt.Chart:
    """Return a point where there is one row, of which no line can be drawn."""
    one: alt.Chart = base.transform_filter("length(data('rows')) == 1").mark_point(
        color=ACCENT, filled=True, size=45, opacity=1
    )
    return one


def daily(_: Visual) -> ChartType:
    """Draw revenue by day over what is usual; unusual days are points, holidays ticks below."""
    base = alt.Chart(ROWS, height=300).encode(x=alt.X("_date:T", axis=DAYS, scale=UTC))
    usual: alt.Chart = base.mark_line(color=MUTED, strokeDash=[4, 3], strokeWidth=1.2)
    revenue: alt.Chart = base.mark_line(color=ACCENT, strokeWidth=1.5)
    unusual: alt.Chart = base.transform_filter("datum.is_anomaly").mark_point(
        color=SECOND, filled=True, size=64, opacity=1
    )
    holidays: alt.Chart = base.transform_filter("datum.holiday_name").mark_point(
        shape="triangle-up", color=THIRD, filled=True, size=60, opacity=1
    )
    return (
        usual.encode(y=alt.Y("expected_revenue:Q"))
        + revenue.encode(y=figures("revenue", "money"))
        + _single(base).encode(y="revenue:Q")
        + unusual.encode(y="revenue:Q")
        + holidays.encode(y=alt.YDatum(0))
    )


def quality(_: Visual) -> ChartType:
    """Draw the score of each delivery: that of its worst file."""
    scale = alt.Scale(zero=False, domainMax=100, nice=False, padding=6)
    worst = alt.Chart(ROWS, height=280).transform_filter("datum._is_worst")
    line: alt.Chart = worst.mark_line(color=ACCENT, strokeWidth=2, point=_dots(ACCENT, "45"))
    return line.encode(
        x=alt.X("_date:T", axis=DAYS, scale=UTC),
        y=figures("quality_pct", "percent").scale(scale),
    )


def points(visual: Visual) -> ChartType:
    """Draw a point per row: the first measure across, the second up, the third as its size."""
    across, up, size = visual.measures
    point: alt.Chart = alt.Chart(ROWS, height=320).mark_circle(
        opacity=0.7, stroke=CARD, strokeWidth=0.5
    )
    return point.encode(
        x=alt.X(
            f"{across}:Q",
            scale=alt.Scale(type="log", domain=SPAN, nice=False),
            axis=alt.Axis(
                labelExpr=AXIS_TEXT["money"],
                title=MEASURES[across].label,
                labelOverlap=True,
                labelBound=True,
                labelSeparation=8,
                tickCount=4,
                grid=False,
            ),
        ),
        y=figures(up, "money", title=MEASURES[up].label),
        size=alt.Size(f"{size}:Q", legend=None, scale=alt.Scale(range=[14, 260])),
        color=coloured("_colour", "circle"),
    )


def pareto(_: Visual) -> ChartType:
    """Draw how the share grows from the best product to the last, in its three classes."""
    base = alt.Chart(ROWS, height=320).encode(
        x=alt.X(
            "revenue_rank:Q",
            scale=alt.Scale(nice=False),
            axis=alt.Axis(
                labelExpr=AXIS_TEXT["count"],
                grid=False,
                tickCount=5,
                title="Products, best first",
            ),
        ),
        y=alt.Y(
            "running_share_pct:Q",
            scale=alt.Scale(domain=[0, 100]),
            axis=alt.Axis(
                labelExpr=AXIS_TEXT["percent"],
                values=[0, 20, 40, 60, 80, 95],
                title=None,
                domain=False,
                ticks=False,
            ),
        ),
    )
    classes = alt.Scale(domain=["A", "B", "C"], range=[ACCENT, SECOND, THIRD])
    area: alt.Chart = base.mark_area(opacity=0.25)
    alone: alt.Chart = base.transform_filter("datum._from !== null").mark_rect(opacity=0.25)
    line: alt.Chart = base.mark_line(color=ACCENT, strokeWidth=2)
    legend = alt.Legend(values=NAMED)
    colour = alt.Color("abc_class:N", title="Class", scale=classes, legend=legend)
    one = alone.encode(x2="_from:Q", y2=alt.datum(0), color=colour)
    return area.encode(color=colour) + one + line + _single(base)
