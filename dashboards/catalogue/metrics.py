"""The metrics as dbt declares them: `_metrics.yml`, over the measures of `_semantic_models.yml`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import yaml

from dashboards.catalogue.kinds import Aggregate, Format, Measure
from loader.config.settings import REPOSITORY

MODELS = REPOSITORY / "dbt_project" / "models"
# The forms of a derived metric: a ratio of simple ones, times a scale, and a difference of them.
OR_ZERO = re.compile(r"coalesce\((\w+), 0\)")
RATIO = re.compile(r"(?:(\d+)\.0 \* )?(\w+) / nullif\((\w+), 0\)")
DIFFERENCE = re.compile(rf"{OR_ZERO.pattern}(?: - {OR_ZERO.pattern})+")


@dataclass(frozen=True)
class Metric:
    """Hold a metric as dbt declares it: an expression over simple ones, each an aggregate."""

    name: str
    label: str
    definition: str
    format: Format
    expression: str
    parts: dict[str, Aggregate]

    @property
    def relations(self) -> set[str]:
        """Return the facts that the metric takes."""
        return {part.relation for part in self.parts.values()}


def declared_metrics() -> dict[str, Metric]:
    """Return all metrics by name, in the order of their file."""
    metrics = yaml.safe_load((MODELS / "_metrics.yml").read_text(encoding="utf-8"))["metrics"]
    aggregates = dict(_aggregates())
    simple = {
        metric["name"]: aggregates[metric["type_params"]["measure"]]
        for metric in metrics
        if metric["type"] == "simple"
    }
    return {
        metric["name"]: Metric(
            metric["name"],
            metric["label"],
            metric["description"],
            cast("Format", metric["config"]["meta"]["format"]),
            metric["type_params"].get("expr", metric["name"]),
            {name: simple[name] for name in metric["type_params"].get("metrics", [metric["name"]])},
        )
        for metric in metrics
    }


def declared_measures() -> dict[str, Measure]:
    """Return the metrics by name, in the order of their file.

    Raises:
        ValueError: the expression of a derived metric is no ratio or difference of simple metrics.
    """
    return {
        name: Measure(
            name,
            metric.label,
            metric.definition,
            *formula(name, metric.expression, metric.parts),
            format=metric.format,
        )
        for name, metric in declared_metrics().items()
    }


def formula(
    name: str, expression: str, sums: dict[str, Aggregate]
) -> tuple[Aggregate, Aggregate | None, int, tuple[Aggregate, ...]]:
    """Return numerator, denominator, scale and what is subtracted, given the simple metrics."""
    if expression in sums:
        return sums[expression], None, 1, ()
    terms = OR_ZERO.findall(expression)
    if DIFFERENCE.fullmatch(expression) and set(terms) <= sums.keys():
        first, *others = (sums[term] for term in terms)
        return first, None, 1, tuple(others)
    ratio = RATIO.fullmatch(OR_ZERO.sub(r"\1", expression))
    if not ratio or not {ratio[2], ratio[3]} <= sums.keys():
        forms = (
            "[scale * ]<metric> / nullif(<metric>, 0), and no difference of coalesce(<metric>, 0)"
        )
        raise ValueError(f"metric {name} is no ratio, {forms}: {expression}")
    return sums[ratio[2]], sums[ratio[3]], int(ratio[1] or 1), ()


def _aggregates() -> Iterator[tuple[str, Aggregate]]:
    text = (MODELS / "_semantic_models.yml").read_text(encoding="utf-8")
    for model in yaml.safe_load(text)["semantic_models"]:
        relation = model["model"].removeprefix("ref('").removesuffix("')")
        for measure in model.get("measures", ()):
            name = measure["name"]
            yield name, Aggregate(measure["agg"], relation, measure.get("expr", name))
