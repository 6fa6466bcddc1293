"""Bars and columns: amounts side by side."""

import altair as alt
from altair.typing import ChannelColor, ChartType

from dashboards.catalogue import DIMENSIONS, MEASURES, Visual
from dashboards.charts.look import (
    ACCENT,
    ACROSS,
    ALONG,
    LINES,
    MOST,
    MUTED,
    NAMED,
    NAMES,
    ROWS,
    SECOND,
    TEXT,
    TIP,
    UP,
    figures,
)

PLAIN = alt.condition("datum.others", alt.value(MUTED), alt.value(ACCENT))


def bars(visual: Visual) -> ChartType:
    """Draw the first measure as bars from the left, each with its name and figures."""
    return _bars(visual.measures[0])


def segments(_: Visual) -> ChartType:
    """Draw the few segments as broad bars."""
    return _bars("customers", step=56, size=32)


def shortest(visual: Visual) -> ChartType:
    """Draw how long stock lasts, and a line at the time to reorder; what ends before stands out."""
    is_late = f"datum.days_of_cover < {visual.line}"
    colour = alt.condition(is_late, alt.value(SECOND), alt.value(ACCENT))
    bars = _bars("days_of_cover", colour, text_at="_at")
    line: alt.Chart = alt.Chart().mark_rule(color=TEXT, strokeDash=[5, 4], strokeWidth=1.5)
    return alt.layer(bars, line.encode(x=alt.XDatum(visual.line)))


def delivery(_: Visual) -> ChartType:
    """Draw the rows in quarantine as bars."""
    return _bars("quarantined_count", alt.value(SECOND))


def _bars(
    value: str,
    colour: ChannelColor = PLAIN,
    step: int = 30,
    size: int = 18,
    text_at: str | None = None,
) -> ChartType:
    scale = alt.Scale(domainMin=0, domainMax=MOST, nice=False, clamp=True)
    base = alt.Chart(ROWS, height=alt.Step(step)).encode(
        y=alt.Y(
            "_label:N",
            scale=alt.Scale(domain=UP),
            axis=alt.Axis(labelLimit=0, labelColor=TEXT, title=None, domain=False, ticks=False),
        ),
        tooltip=TIP,
    )
    bar: alt.Chart = base.mark_bar(cornerRadiusEnd=2, height=size)
    text: alt.Chart = base.mark_text(align="left", dx=6, color=TEXT, fontSize=12)
    x, text_x = (
        alt.X(f"{name}:Q", axis=None, scale=scale, stack=None) for name in (value, text_at or value)
    )
    return bar.encode(x=x, color=colour) + text.encode(x=text_x, text="_text:N")


def columns(visual: Visual, across: alt.X = ALONG) -> ChartType:
    """Draw the first measure as columns in the order of the rows, with a figure above each."""
    name = visual.measures[0]
    base = alt.Chart(ROWS, height=260).encode(
        x=across,
        y=figures(name, MEASURES[name].format).stack(None),
        tooltip=TIP,
    )
    bar: alt.Chart = base.mark_bar(color=ACCENT, cornerRadiusEnd=2)
    text: alt.Chart = base.mark_text(baseline="bottom", dy=-4, color=TEXT, fontSize=11)
    return bar + text.encode(text="_text:N")


def discounts(visual: Visual) -> ChartType:
    """Draw units per line by discount; below each discount stands its margin."""
    axis = alt.Axis(labelExpr=LINES, labelAngle=0, labelBound=4, title="Discount, and margin")
    across = alt.X("_label:N", scale=alt.Scale(domain=ACROSS), axis=axis)
    return columns(visual, across)


def stacked_columns(visual: Visual) -> alt.Chart:
    """Draw columns over the first dimension, divided by the second."""
    name, kind = visual.measures[0], DIMENSIONS[visual.dimensions[1]]
    colours = alt.Scale(domain=list(kind.values), range=[SECOND, ACCENT])
    bar: alt.Chart = alt.Chart(ROWS, height=260).mark_bar()
    return bar.encode(
        x=alt.X("_x:N", scale=alt.Scale(domain=ACROSS), axis=NAMES),
        y=figures(name, MEASURES[name].format),
        color=alt.Color(
            f"{kind.name}:N", title=None, scale=colours, legend=alt.Legend(values=NAMED)
        ),
        order=alt.Order("_place:Q", sort="descending"),
        tooltip=TIP,
    )
