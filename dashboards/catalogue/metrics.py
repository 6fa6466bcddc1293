"""The metrics as dbt declares them: `_metrics.yml`, over the measures of `_semantic_models.yml`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import yaml

from dashboards.catalogue.kinds import Aggregate, Format, Measure
from loader.config.settings import REPOSITORY

MODELS = REPOSITORY / "dbt_project" / "models"
# The one form of a derived metric: a ratio of two simple ones, times a scale.
RATIO = re.compile(r"(?:(\d+)\.0 \* )?(\w+) / nullif\((\w+), 0\)")


@dataclass(frozen=True)
class Combination:
    """Hold a metric of several facts: its expression, and the labels of the metrics in it."""

    label: str
    definition: str
    expression: str
    inputs: dict[str, str]
    format: Format


def declared_combinations() -> list[Combination]:
    """Return the metrics that take several facts, in the order of their file."""
    by_name = {metric["name"]: metric for metric in _metrics()}
    aggregates = dict(_aggregates())
    found = []
    for metric in by_name.values():
        inputs = [by_name[name] for name in metric["type_params"].get("metrics", ())]
        if len({aggregates[of["type_params"]["measure"]].relation for of in inputs}) > 1:
            labels = {of["name"]: of["label"] for of in inputs}
            words = metric["label"], metric["description"], metric["type_params"]["expr"]
            found.append(Combination(*words, labels, metric["config"]["meta"]["format"]))
    return found


def declared_measures(fact: str) -> dict[str, Measure]:
    """Return the metrics of a fact alone by name, in the order of their file.

    What takes returns, too, has two facts (`declared_combinations`): a star has one.

    Raises:
        ValueError: the expression of a derived metric is no ratio of two simple metrics.
    """
    metrics = _metrics()
    aggregates = dict(_aggregates())
    sums = {
        metric["name"]: aggregates[metric["type_params"]["measure"]]
        for metric in metrics
        if metric["type"] == "simple"
        and aggregates[metric["type_params"]["measure"]].relation == fact
    }
    of_star = [
        metric
        for metric in metrics
        if sums.keys() >= set(metric["type_params"].get("metrics", [metric["name"]]))
    ]
    return {
        metric["name"]: Measure(
            metric["name"],
            metric["label"],
            metric["description"],
            *formula(metric["name"], metric["type_params"].get("expr", metric["name"]), sums),
            format=cast("Format", metric["config"]["meta"]["format"]),
        )
        for metric in of_star
    }


def formula(
    name: str, expression: str, sums: dict[str, Aggregate]
) -> tuple[Aggregate, Aggregate | None, int]:
    """Return numerator, denominator and scale of a metric, given the simple ones."""
    if expression in sums:
        return sums[expression], None, 1
    ratio = RATIO.fullmatch(expression)
    if not ratio or not {ratio[2], ratio[3]} <= sums.keys():
        message = f"metric {name} is no ratio, [scale * ]<metric> / nullif(<metric>, 0): "
        raise ValueError(message + expression)
    return sums[ratio[2]], sums[ratio[3]], int(ratio[1] or 1)


def _metrics() -> list[dict[str, Any]]:
    text = (MODELS / "_metrics.yml").read_text(encoding="utf-8")
    return cast("list[dict[str, Any]]", yaml.safe_load(text)["metrics"])


def _aggregates() -> Iterator[tuple[str, Aggregate]]:
    text = (MODELS / "_semantic_models.yml").read_text(encoding="utf-8")
    for model in yaml.safe_load(text)["semantic_models"]:
        relation = model["model"].removeprefix("ref('").removesuffix("')")
        for measure in model.get("measures", ()):
            name = measure["name"]
            yield name, Aggregate(measure["agg"], relation, measure.get("expr", name))
