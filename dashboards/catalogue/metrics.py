"""The metrics as dbt declares them: `_metrics.yml`, over the measures of `_semantic_models.yml`."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import yaml

from dashboards.catalogue.kinds import Aggregate, Measure
from loader.config.settings import REPOSITORY

MODELS = REPOSITORY / "dbt_project" / "models"
# The forms of a derived metric: a ratio of simple ones, times a scale, and a difference of them.
OR_ZERO = re.compile(r"coalesce\((\w+), 0\)")
RATIO = re.compile(r"(?:(\d+)\.0 \* )?(\w+) / nullif\((\w+), 0\)")
DIFFERENCE = re.compile(rf"{OR_ZERO.pattern}(?: - {OR_ZERO.pattern})+")


def declared_measures() -> dict[str, Measure]:
    """Return the metrics by name, in the order of their file.

    Raises:
        ValueError: the expression of one is no ratio or difference of simple metrics.
    """
    metrics = yaml.safe_load((MODELS / "_metrics.yml").read_text(encoding="utf-8"))["metrics"]
    aggregates = dict(_aggregates())
    simple = {
        metric["name"]: aggregates[metric["type_params"]["measure"]]
        for metric in metrics
        if metric["type"] == "simple"
    }
    return {metric["name"]: measure_of(metric, simple) for metric in metrics}


def measure_of(metric: Mapping[str, Any], simple: Mapping[str, Aggregate]) -> Measure:
    """Return a metric as it stands in its file, given the simple ones, each an aggregate.

    Raises:
        ValueError: its expression is no ratio or difference of simple metrics.
    """
    name, shown_as = metric["name"], metric["config"]["meta"]["format"]
    make = partial(Measure, name, metric["label"], metric["description"], format=shown_as)
    if name in simple:
        return make(simple[name])
    expression = metric["type_params"]["expr"]
    terms = OR_ZERO.findall(expression)
    if DIFFERENCE.fullmatch(expression) and set(terms) <= simple.keys():
        first, *others = (simple[term] for term in terms)
        return make(first, less=tuple(others), or_zero=True)
    ratio = RATIO.fullmatch(OR_ZERO.sub(r"\1", expression))
    if not ratio or not {ratio[2], ratio[3]} <= simple.keys():
        forms = (
            "[scale * ]<metric> / nullif(<metric>, 0), and no difference of coalesce(<metric>, 0)"
        )
        raise ValueError(f"metric {name} is no ratio, {forms}: {expression}")
    return make(simple[ratio[2]], simple[ratio[3]], int(ratio[1] or 1), or_zero=bool(terms))


def _aggregates() -> Iterator[tuple[str, Aggregate]]:
    text = (MODELS / "_semantic_models.yml").read_text(encoding="utf-8")
    for model in yaml.safe_load(text)["semantic_models"]:
        relation = model["model"].removeprefix("ref('").removesuffix("')")
        for measure in model.get("measures", ()):
            name = measure["name"]
            yield name, Aggregate(measure["agg"], relation, measure.get("expr", name))
