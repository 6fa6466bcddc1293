"""All measures of the model, in DAX: the metrics that dbt declares, shares, and other periods."""

import re
from collections.abc import Mapping

from dashboards.bi.powerbi.model.dax import DaxMeasure, measure_dax, share_dax
from dashboards.bi.powerbi.model.periods import compared, dates
from dashboards.bi.sheets import sheets
from dashboards.catalogue import MEASURES, PAGES, STAR_MEASURES, Derived
from dashboards.catalogue.metrics import Metric, declared_metrics

RETURNS = "fct_returns"
# The two forms of a metric that takes both facts: a difference, and a ratio of what may be nothing.
DIFFERENCE = re.compile(r"coalesce\(\w+, 0\)(?: - coalesce\(\w+, 0\))*")
RATIO = re.compile(r"(\d+)\.0 \* coalesce\((\w+), 0\) / nullif\((\w+), 0\)")


def measures() -> list[DaxMeasure]:
    """Return all measures, in the order of the list of metrics."""
    base = [*_declared(), *_shares()]
    shown = set(_on_tiles())
    shown |= {metric.label for metric in _of_both_facts()}
    over_time = [each for of in base if of.label in shown for each in compared(of)]
    return [*base, *over_time, *dates()]


def shares() -> dict[str, Derived]:
    """Return the shares that visuals of the star show, by label."""
    return {
        derived.label: derived
        for page in PAGES
        for sheet in sheets(page)
        if sheet.is_of_star
        for derived in sheet.visual.derived
        if derived.rule == "share"
    }


def combination_dax(metric: Metric, labels: Mapping[str, str]) -> str:
    """Return the DAX of a metric of both facts, given the labels of the metrics in it.

    A blank counts as 0, as coalesce has it.

    Raises:
        ValueError: the expression has neither of the two forms that are known.
    """
    expression = metric.expression
    if DIFFERENCE.fullmatch(expression):
        return " - ".join(f"[{labels[name]}]" for name in re.findall(r"\((\w+), 0", expression))
    ratio = RATIO.fullmatch(expression)
    if not ratio:
        raise ValueError(f"metric {metric.label} is no difference and no ratio: {expression}")
    scale, above, below = ratio.groups()
    # a blank and 0 is 0: a rate of nothing returned, where something was sold
    return f"DIVIDE ( {scale} * ( [{labels[above]}] + 0 ), [{labels[below]}] )"


def _declared() -> list[DaxMeasure]:
    sales = [(measure, "Sales") for measure in STAR_MEASURES.values()]
    labels = {name: metric.label for name, metric in declared_metrics().items()}
    returned = [
        (MEASURES[name], "Returns")
        for name, metric in declared_metrics().items()
        if metric.relations == {RETURNS}
    ]
    return [
        *(
            DaxMeasure(of.label, measure_dax(of), of.format, of.definition, folder)
            for of, folder in sales + returned
        ),
        *(
            DaxMeasure(of.label, combination_dax(of, labels), of.format, of.definition, "Returns")
            for of in _of_both_facts()
        ),
    ]


def _of_both_facts() -> list[Metric]:
    return [metric for metric in declared_metrics().values() if len(metric.relations) > 1]


def _shares() -> list[DaxMeasure]:
    return [
        DaxMeasure(
            label,
            share_dax(derived),
            "percent",
            f"Percent of {MEASURES[derived.of].label.lower()} over all that is selected.",
            "Shares",
        )
        for label, derived in shares().items()
    ]


def _on_tiles() -> list[str]:
    """Return the labels of the pages' key figures."""
    every = [sheet for page in PAGES for sheet in sheets(page)]
    figures = [sheet for sheet in every if sheet.visual.kind == "figure" and sheet.is_of_star]
    return [measure.label for sheet in figures for measure in sheet.measures]
