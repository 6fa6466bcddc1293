"""Bars and columns: amounts side by side."""

import altair as alt
from altair.typing import ChannelColor, ChartType

from dashboards.catalogue import MEASURES, Visual
from dashboards.charts.look import (
    ACCENT,
    NAME_WIDTH,
    NAMES,
    ROWS,
    SECOND,
    TEXT,
    TIP,
    figures,
)

PLAIN = alt.value(ACCENT)


def bars(visual: Visual) -> ChartType:
    """Draw the first measure as bars from the left, each with its name and figures."""
    return _bars(visual.measures[0])


def segments(_: Visual) -> ChartType:
    """Draw the few segments as broad bars."""
    return _bars("customers", step=56, size=32)


def shortest(_: Visual) -> ChartType:
    """Draw how much the scarcest products are asked for; those that are sold out stand out."""
    colour = alt.condition("datum.stock_quantity > 0", alt.value(ACCENT), alt.value(SECOND))
    return _bars("units_sold", colour, room=1.9)


def delivery(_: Visual) -> ChartType:
    """Draw the rows in quarantine as bars."""
    return _bars("quarantined_count", alt.value(SECOND))


def _bars(
    value: str,
    colour: ChannelColor = PLAIN,
    step: int = 30,
    size: int = 18,
    room: float = 1.5,
) -> ChartType:
    most = f"data('rows').length ? extent(pluck(data('rows'), '{value}'))[1] : 0"
    # room on the right for the figures of the longest bar
    scale = alt.Scale(
        domainMin=0, domainMax={"expr": f"{room} * max(0.001, {most})"}, nice=False, clamp=True
    )
    base = alt.Chart(ROWS, height=alt.Step(step)).encode(
        x=alt.X(f"{value}:Q", axis=None, scale=scale, stack=None),
        y=alt.Y(
            "_label:N",
            sort=None,
            axis=alt.Axis(
                labelLimit=NAME_WIDTH, labelColor=TEXT, title=None, domain=False, ticks=False
            ),
        ),
        tooltip=TIP,
    )
    bar: alt.Chart = base.mark_bar(cornerRadiusEnd=2, height=size)
    text: alt.Chart = base.mark_text(align="left", dx=6, color=TEXT, fontSize=12)
    return bar.encode(color=colour) + text.encode(text="_text:N")


def columns(visual: Visual) -> ChartType:
    """Draw the first measure as columns in the order of the rows, with a figure above each."""
    name = visual.measures[0]
    base = alt.Chart(ROWS, height=260).encode(
        x=alt.X("_label:N", sort=None, axis=NAMES),
        y=figures(name, MEASURES[name].format).stack(None),
        tooltip=TIP,
    )
    bar: alt.Chart = base.mark_bar(color=ACCENT, cornerRadiusEnd=2)
    text: alt.Chart = base.mark_text(baseline="bottom", dy=-4, color=TEXT, fontSize=11)
    return bar + text.encode(text="_text:N")


def stacked_columns(visual: Visual) -> alt.Chart:
    """Draw columns over the first dimension, divided by the second."""
    name = visual.measures[0]
    bar: alt.Chart = alt.Chart(ROWS, height=260).mark_bar()
    return bar.encode(
        x=alt.X("_x:N", sort=alt.SortField("_xi"), axis=NAMES),
        y=figures(name, MEASURES[name].format),
        color=alt.Color(
            f"{visual.dimensions[1]}:N", title=None, scale=alt.Scale(range=[SECOND, ACCENT])
        ),
        order=alt.Order("_yi:Q", sort="descending"),
        tooltip=TIP,
    )
