"""Read a Power BI project as Power BI does, strictly: its model, DAX as SQL, fields of visuals."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NotRequired, TypedDict

from expectations.formulas import Formula
from expectations.tmdl import Node, parse_tmdl

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
    query: Query
    visualContainerObjects: dict[str, list[Json]]


class Visual(TypedDict):
    """Name what is read of a visual's file."""

    name: str
    position: dict[str, int]
    visual: Drawn
    filterConfig: NotRequired[dict[str, list[Json]]]


TOKEN = re.compile(
    r"\s*(?:(?P<text>\"[^\"]*\")|(?P<number>\d+)|(?P<column>'\w+'\[[^\]]+\])|(?P<table>'\w+')|(?P<measure>\[[^\]]+\])"
    r"|(?P<word>[A-Z]+)|(?P<sign><=|[(),*+=&-]))"
)


class Model:
    """Hold a semantic model: its tables, and what stands between them."""

    def __init__(self, folder: Path) -> None:
        definition = folder / "definition"
        self.tables: dict[str, Node] = {}
        for path in sorted((definition / "tables").glob("*.tmdl")):
            (table,) = parse_tmdl(path.read_text(encoding="utf-8"))
            assert table.name == path.stem
            self.tables[table.name] = table
        others = {
            name: parse_tmdl((definition / f"{name}.tmdl").read_text(encoding="utf-8"))
            for name in ("database", "model", "relationships", "expressions")
        }
        references = [node.name for node in others["model"] if node.kind == "ref"]
        assert sorted(references) == sorted(self.tables)
        self.relationships = [
            (node.properties["fromColumn"], node.properties["toColumn"])
            for node in others["relationships"]
        ]
        self.functions = {node.name for node in others["expressions"]}
        self.measures = {
            name: measure.expression
            for table in self.tables.values()
            for name, measure in table.of("measure").items()
        }

    @property
    def fact(self) -> str:
        (name,) = {source.split(".")[0] for source, _ in self.relationships}
        return name

    def column(self, table: str, name: str) -> Node:
        assert table in self.tables, f"no table {table}"
        columns = self.tables[table].of("column")
        assert name in columns, f"no column {name} in {table}"
        return columns[name]

    def column_sql(self, table: str, name: str) -> str:
        """Return a column as SQL over the star; a calculated one by its expression."""
        expression = self.column(table, name).expression
        return Dax(self, expression, table).sql() if expression else f"{table}.{name}"

    def measure_sql(self, name: str) -> str:
        assert name in self.measures, f"no measure {name}"
        return Dax(self, self.measures[name], None).sql()

    def from_clause(self, text: str, schema: str = "mart") -> str:
        """Return the fact joined to what an SQL text names, by the model's relationships."""
        joins = [
            f" inner join {schema}.{target.split('.')[0]} on {source} = {target}"
            for source, target in self.relationships
            if f"{target.split('.')[0]}." in text
        ]
        return f"{schema}.{self.fact}" + "".join(joins)


class Dax(Formula):
    """Translate the small set of DAX that the project uses; anything else is a fault.

    Filters flow from the tables beside the fact to it. So a measure may aggregate the fact's
    columns, and others only from its rows (SUMX, MAXX over RELATED).
    """

    tokens = TOKEN

    def __init__(self, model: Model, expression: str, row_of: str | None) -> None:
        super().__init__(expression)
        self._model = model
        self._row_of = row_of

    def _factor(self) -> str:
        kind, value = self._take()
        if kind == "text":
            return "'" + value[1:-1].replace("'", "''") + "'"
        if kind == "number":
            return value
        if kind == "measure":
            return f"({self._model.measure_sql(value[1:-1])})"
        if kind == "column":
            table, name = self._split_column(value)
            assert table == self._row_of, f"{value} is of no row at hand"
            return self._model.column_sql(table, name)
        return self._call(value)

    @staticmethod
    def _split_column(value: str) -> tuple[str, str]:
        table, name = value[1:-1].split("'[")
        return table, name

    def _call(self, function: str) -> str:
        self._take("(")
        found: Callable[[], str] | None = getattr(self, f"_{function.lower()}", None)
        assert found, f"no function {function} in the small set"
        result = found()
        self._take(")")
        return result

    def _argument(self) -> str:
        self._take(",")
        return self._comparison()

    def _fact_column(self) -> str:
        table, name = self._split_column(self._take()[1])
        assert table == self._model.fact, f"{table} cannot be aggregated: the fact filters it not"
        return self._model.column_sql(table, name)

    def _sum(self) -> str:
        return f"sum({self._fact_column()})"

    def _distinctcount(self) -> str:
        return f"count(distinct {self._fact_column()})"

    def _maxx(self) -> str:
        assert self._take()[1] == f"'{self._model.fact}'"
        return f"max({self._argument()})"

    def _related(self) -> str:
        table, name = self._split_column(self._take()[1])
        targets = {target.split(".")[0] for _, target in self._model.relationships}
        assert table in targets, f"{table} is not related to the fact"
        return self._model.column_sql(table, name)

    def _divide(self) -> str:
        return f"{self._comparison()} * 1.0 / nullif({self._argument()}, 0)"

    def _calculate(self) -> str:
        """Translate CALCULATE ( [measure], ALLSELECTED () ): over everything, with no filter."""
        value = self._factor()
        self._take(",")
        self._take("ALLSELECTED")
        self._take("(")
        self._take(")")
        return f"(select {value} from {self._model.from_clause(value)})"

    def _hour(self) -> str:
        return f"cast(extract(hour from {self._comparison()}) as integer)"

    def _if(self) -> str:
        return f"case when {self._comparison()} then {self._argument()} else {self._argument()} end"

    def _switch(self) -> str:
        self._take("TRUE")
        self._take("(")
        self._take(")")
        cases = ""
        while True:
            value = self._argument()
            if self._peek() == ")":
                return f"case{cases} else {value} end"
            cases += f" when {value} then {self._argument()}"


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
    objects = visual["visual"].get("visualContainerObjects")
    if not objects:
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
            names.append(text_at(column, "Property"))
            figures.append(f"{function}({model.column_sql(table, names[-1])})")
    text = ", ".join([*groups, *figures])
    tables = {table for _, table, _ in fields_in(shown(visual))}
    (alone,) = tables if len(tables) == 1 else (None,)
    source = model.from_clause(text)
    if alone and alone not in {target.split(".")[0] for _, target in model.relationships}:
        source = f"mart.{alone}"
    statement = f"select {text} from {source}"
    return statement + (f" group by {', '.join(groups)}" if groups else ""), names
