"""Read the report of a Power BI project: its visuals, their fields, and the SQL they mean."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NotRequired, TypedDict

from expectations.powerbi import Model

Json = dict[str, object]


class Projection(TypedDict):
    field: Json
    queryRef: str
    nativeQueryRef: str


class Role(TypedDict):
    projections: list[Projection]


class Query(TypedDict, total=False):
    queryState: dict[str, Role]


class Drawn(TypedDict, total=False):
    visualType: str
    objects: dict[str, list[Json]]
    query: Query
    visualContainerObjects: dict[str, list[Json]]


class Visual(TypedDict):
    """Name what is read of a visual's file."""

    name: str
    position: dict[str, int]
    visual: Drawn
    filterConfig: NotRequired[dict[str, list[Json]]]


def visuals(report: Path) -> Iterator[tuple[str, Visual]]:
    """Give every visual with its page's name, in the order of pages and tabs."""
    pages = json.loads((report / "definition/pages/pages.json").read_text())["pageOrder"]
    for page in pages:
        folder = report / "definition/pages" / page / "visuals"
        found: list[Visual] = [
            json.loads(path.read_text()) for path in folder.glob("*/visual.json")
        ]
        for visual in sorted(found, key=lambda visual: visual["position"]["tabOrder"]):
            yield page, visual


def text_at(value: object, *path: str) -> str:
    """Return the text at the end of a path of keys; fail where it is not there."""
    for key in path:
        assert isinstance(value, dict), f"no {key} in {value!r}"
        value = value[key]
    assert isinstance(value, str), value
    return value


def title_of(visual: Visual) -> str | None:
    objects = visual["visual"].get("visualContainerObjects", {})
    if "title" not in objects:
        return None
    value = text_at(objects["title"][0], "properties", "text", "expr", "Literal", "Value")
    return value[1:-1].replace("''", "'")


def fields_in(value: object, names: dict[str, str] | None = None) -> Iterator[tuple[str, str, str]]:
    """Give every field that a visual names anywhere: kind, table and name."""
    if isinstance(value, list):
        for part in value:
            yield from fields_in(part, names)
    elif isinstance(value, dict):
        names = names or {}
        if "From" in value:
            names = names | {
                part["Name"]: part["Entity"] for part in value["From"] if "Entity" in part
            }
        for kind in ("Column", "Measure"):
            if kind in value and "Property" in value[kind]:
                source = value[kind]["Expression"]["SourceRef"]
                yield kind, source.get("Entity") or names[source["Source"]], value[kind]["Property"]
        for part in value.values():
            yield from fields_in(part, names)


def shown(visual: Visual) -> list[Json]:
    """Return the fields that a visual projects, each once."""
    roles = visual["visual"].get("query", {}).get("queryState", {})
    found = [p["field"] for role in roles.values() for p in role["projections"]]
    return [each for number, each in enumerate(found) if each not in found[:number]]


def implied_query(model: Model, visual: Visual) -> tuple[str, list[str]]:
    """Return the SQL that a visual's fields stand for, and the names of its figures."""
    groups, figures, names = [], [], []
    for each in shown(visual):
        ((kind, content),) = each.items()
        if kind == "Column":
            table = text_at(content, "Expression", "SourceRef", "Entity")
            groups.append(model.column_sql(table, text_at(content, "Property")))
        elif kind == "Measure":
            names.append(text_at(content, "Property"))
            figures.append(model.measure_sql(names[-1]))
        else:
            assert isinstance(content, dict)
            column = content["Expression"]["Column"]
            table = text_at(column, "Expression", "SourceRef", "Entity")
            function = {0: "sum", 3: "min"}[content["Function"]]
            name = text_at(column, "Property")
            names.append(model.column(table, name).properties["sourceColumn"])
            figures.append(f"{function}({model.column_sql(table, name)})")
    text = ", ".join([*groups, *figures])
    tables = {table for _, table, _ in fields_in(shown(visual))}
    (alone,) = tables if len(tables) == 1 else (None,)
    source = model.from_clause(text)
    joined = {target for _, (target, _) in model.relationships}
    if alone and model.relation(alone).startswith("rpt_") and alone not in joined:
        source = f"mart.{model.relation(alone)}"
    statement = f"select {text} from {source}"
    return statement + (f" group by {', '.join(groups)}" if groups else ""), names
