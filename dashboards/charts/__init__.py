"""One function per kind of chart: what a visual looks like, as Altair.

The page computes a visual's rows and hands them to its chart as `rows`: the fields of the
catalogue, and what it has made of them to be read or placed, whose names begin with `_`
(assets/4_pictures.js): `_label` is unique, `_text` stands beside a mark, `_tip` comes up over it.
"""

from collections.abc import Callable
from dataclasses import replace

import altair as alt
import vl_convert
from altair.typing import ChartType

from dashboards.catalogue import Page, Visual
from dashboards.charts.bars import (
    bars,
    columns,
    delivery,
    discounts,
    segments,
    shortest,
    stacked_columns,
)
from dashboards.charts.cells import cohorts, heat, hours, scores, seasons, tiles, treemap
from dashboards.charts.lines import daily, lines, pareto, points, quality
from dashboards.charts.look import CONFIG, SIGNALS

VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
Draw = Callable[[Visual], ChartType]
Specification = dict[str, object]  # JSON of Vega or Vega-Lite

KINDS: dict[str, Draw] = {
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
OWN: dict[str, Draw] = {
    "category_by_month": seasons,
    "cohort_retention": cohorts,
    "customers_by_segment": segments,
    "discount_effect": discounts,
    "rfm_grid": scores,
    "stock_cover": shortest,
    "weekday_and_hour": hours,
}


def specifications(page: Page) -> dict[str, Specification]:
    """Return the charts of a page as Vega, by visual; figures and tables have none."""
    visuals = page.visuals + (page.drill.visuals if page.drill else ())
    charts = {visual.id: specification(visual) for visual in visuals if visual.kind in KINDS}
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


def specification(visual: Visual) -> Specification:
    """Return a visual's chart as Vega-Lite."""
    draw = OWN.get(visual.id) or KINDS[visual.kind]
    chart = draw(visual).properties(width="container").configure(**CONFIG.to_dict())
    signals = [{"name": name, "value": value} for name, value in SIGNALS.items()]
    vega_lite: Specification = chart.to_dict() | {"params": signals}
    return vega_lite


def vega_bundle() -> str:
    """Return Vega as one script without imports, which sets window.vegaEmbed."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)
