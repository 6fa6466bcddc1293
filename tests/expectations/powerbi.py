"""Read the semantic model of a Power BI project as Power BI does, strictly, and its DAX as SQL."""

import re
from collections.abc import Callable
from pathlib import Path

from expectations.formulas import Formula
from expectations.tmdl import Node, parse_tmdl, place

TOKEN = re.compile(
    r"\s*(?:(?P<text>\"[^\"]*\")|(?P<number>\d+)|(?P<column>'[^']+'\[[^\]]+\])|(?P<table>'[^']+')|(?P<measure>\[[^\]]+\])"
    r"|(?P<word>[A-Z]+)|(?P<sign><=|>=|[(),*+=&<>-]))"
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
            (place(node.properties["fromColumn"]), place(node.properties["toColumn"]))
            for node in others["relationships"]
        ]
        self.expressions = {node.name: node for node in others["expressions"]}
        self.measures = {
            name: measure.expression
            for table in self.tables.values()
            for name, measure in table.of("measure").items()
        }

    @property
    def facts(self) -> list[str]:
        """Return the tables that relationships lead from, to those whose filters flow to them."""
        return list(dict.fromkeys(source for (source, _), _ in self.relationships))

    def relation(self, table: str) -> str:
        """Return the relation of the mart that a table reads."""
        (partition,) = self.tables[table].of("partition")
        return partition

    def column(self, table: str, name: str) -> Node:
        assert table in self.tables, f"no table {table}"
        columns = self.tables[table].of("column")
        assert name in columns, f"no column {name} in {table}"
        return columns[name]

    def column_sql(self, table: str, name: str) -> str:
        """Return a column as SQL over the star; a calculated one by its expression."""
        column = self.column(table, name)
        if column.expression:
            return Dax(self, column.expression, table).sql()
        return f"{self.relation(table)}.{column.properties['sourceColumn']}"

    def measure_sql(self, name: str) -> str:
        assert name in self.measures, f"no measure {name}"
        return Dax(self, self.measures[name], None).sql()

    def from_clause(self, text: str, fact: str = "Sales", schema: str = "mart") -> str:
        """Return a fact joined to what an SQL text names, by the model's relationships."""
        joins = [
            f" inner join {schema}.{self.relation(target)} on "
            f"{self.column_sql(source, key)} = {self.column_sql(target, target_key)}"
            for (source, key), (target, target_key) in self.relationships
            if source == fact and f"{self.relation(target)}." in text
        ]
        return f"{schema}.{self.relation(fact)}" + "".join(joins)


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
        result = self._own(function)()
        self._take(")")
        return result

    def _own(self, function: str) -> Callable[[], str]:
        found: Callable[[], str] | None = getattr(self, f"_{function.lower()}", None)
        assert found, f"no function {function} in the small set"
        return found

    def _argument(self) -> str:
        self._take(",")
        return self._comparison()

    def _fact_column(self) -> str:
        table, name = self._split_column(self._take()[1])
        assert table in self._model.facts, f"{table} cannot be aggregated: no fact filters it"
        return self._model.column_sql(table, name)

    def _sum(self) -> str:
        return f"sum({self._fact_column()})"

    def _distinctcount(self) -> str:
        return f"count(distinct {self._fact_column()})"

    def _maxx(self) -> str:
        assert self._take()[1] == "'Sales'"
        return f"max({self._argument()})"

    def _related(self) -> str:
        table, name = self._split_column(self._take()[1])
        targets = {target for _, (target, _) in self._model.relationships}
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

    def _and(self) -> str:
        return f"{self._comparison()} and {self._argument()}"

    def _eomonth(self) -> str:
        """Translate EOMONTH ( day, -1 ) alone, the end of the month before."""
        day = self._comparison()
        for expected in (",", "-", "1"):
            self._take(expected)
        return f"cast(date_trunc('month', {day}) as date) - 1"

    def _min(self) -> str:
        return self._of_whole_table("min")

    def _max(self) -> str:
        if self._peek() == "MAX":  # of two values: a blank counts as 0, which no day is
            return f"greatest({self._comparison()}, {self._argument()})"
        return self._of_whole_table("max")

    def _of_whole_table(self, function: str) -> str:
        """Translate an aggregate in a calculated column: no row filters what it aggregates."""
        assert self._row_of
        table, name = self._split_column(self._take()[1])
        column = self._model.column_sql(table, name)
        return f"(select {function}({column}) from mart.{self._model.relation(table)})"

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
