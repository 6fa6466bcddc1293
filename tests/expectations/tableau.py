"""Read a Tableau workbook strictly: names that resolve, and what its sheets ask for."""

import re
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

from expectations.formulas import Formula

QUALIFIED = re.compile(r"\[([^\]]+)\]\.(\[[^\]]+\])")
TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*')|(?P<number>\d+)|(?P<field>\[[^\]]+\])|(?P<word>[A-Z]+)"
    r"|(?P<sign><=|[(),*/=]))"
)
AGGREGATES = {"SUM": "sum(", "COUNTD": "count(distinct ", "MAX": "max("}
SPECIAL = {"[:Measure Names]", "[Multiple Values]"}
TYPES = {
    "TEXT": "string",
    "INT": "integer",
    "BIG_INT": "integer",
    "DATE": "date",
    "BOOL": "boolean",
    "TIMESTAMP": "datetime",
    "NUMERIC": "real",
}


class DataSource:
    """Hold a data source: what its fields are in the extract's SQL."""

    def __init__(self, element: Element) -> None:
        self.name = element.attrib["name"]
        self.columns = _named(element.iter("column"))
        self._map = {m.attrib["key"]: m.attrib["value"] for m in _child(element, "connection/cols")}
        self._relation = _child(element, "connection/relation")
        named = set(_named(element.iter("named-connection")))
        for table in element.iter("relation"):
            assert table.get("type") == "join" or table.get("connection") in named
        plain = {n for n, c in self.columns.items() if c.find("calculation") is None}
        assert plain == set(self._map)

    @property
    def from_clause(self) -> str:
        return self._joined(self._relation)

    def _joined(self, relation: Element) -> str:
        if relation.get("type") == "table":
            schema, table = _parts(relation.attrib["table"])
            return f'"{schema}"."{table}" as "{relation.attrib["name"]}"'
        left, right = relation.findall("relation")
        equal = _child(relation, "clause/expression")
        assert (relation.get("join"), equal.get("op")) == ("inner", "=")
        on = " = ".join(_quoted(part.attrib["op"]) for part in equal)
        return f"{self._joined(left)} inner join {self._joined(right)} on {on}"

    def sql(self, name: str) -> str:
        """Return a field as SQL."""
        assert name in self.columns, f"{self.name} has no field {name}"
        calculation = self.columns[name].find("calculation")
        if calculation is None:
            return _quoted(self._map[name])
        return Calculation(self, calculation.attrib["formula"]).sql()

    def stored(self) -> Iterator[tuple[str, str, str]]:
        """Give table, column and Tableau's type of every field that the extract must hold."""
        relations = [r for r in self._relation.iter("relation") if r.get("type") == "table"]
        tables = {r.attrib["name"]: r.attrib["table"] for r in relations}
        for name, place in self._map.items():
            relation, column = _parts(place)
            _, table = _parts(tables[relation])
            yield table, column, self.columns[name].attrib["datatype"]


def _child(element: Element, path: str) -> Element:
    """Return the one part of an element that stands at a path."""
    (found,) = element.findall(path)
    return found


def _named(elements: Iterable[Element]) -> dict[str, Element]:
    return {element.attrib["name"]: element for element in elements}


def _parts(place: str) -> tuple[str, str]:
    """Return both names of [one].[other]."""
    match = re.fullmatch(r"\[(\w+)\]\.\[(\w+)\]", place)
    assert match, place
    return match[1], match[2]


def _quoted(name: str) -> str:
    return re.sub(r"\[(\w+)\]", r'"\1"', name)


class Calculation(Formula):
    """Translate the small set of Tableau's formulas that the workbook uses."""

    tokens = TOKEN

    def __init__(self, source: DataSource, formula: str) -> None:
        super().__init__(formula)
        self._source = source

    def _factor(self) -> str:
        kind, value = self._take()
        if kind in ("text", "number"):
            return value
        if kind == "field":
            return self._source.sql(value)
        if value == "IF":
            return self._cases()
        self._take("(")
        if value == "DATEPART":
            self._take("'hour'")
            self._take(",")
            found = f"cast(extract(hour from {self._comparison()}) as integer)"
        else:
            found = f"{AGGREGATES[value]}{self._comparison()})"
        self._take(")")
        return found

    def _cases(self) -> str:
        found = "case"
        while True:
            found += f" when {self._comparison()}"
            self._take("THEN")
            found += f" then {self._comparison()}"
            _, word = self._take()
            if word == "ELSE":
                found += f" else {self._comparison()} end"
                self._take("END")
                return found
            assert word == "ELSEIF", word


class Sheet:
    """Hold a worksheet: the fields it shows, and the query that they stand for."""

    def __init__(self, element: Element, sources: dict[str, DataSource]) -> None:
        self.name = element.attrib["name"]
        self._element = element
        (link,) = element.findall("table/view/datasources/datasource")
        self.source = sources[link.attrib["name"]]
        self._instances = _named(element.iter("column-instance"))

    def _instance(self, source: str, name: str) -> Element:
        assert source == self.source.name, f"{self.name}: {source} is not its source"
        assert name in self._instances, f"{self.name}: {name} is not among what it depends on"
        found = self._instances[name]
        assert found.get("column") in self.source.columns, f"{self.name}: no field {name}"
        return found

    def names(self) -> Iterator[Element]:
        """Give the use behind every name that stands anywhere in the sheet."""
        for part in self._element.iter():
            texts = [part.text or "", *part.attrib.values()]
            for source, name in QUALIFIED.findall(" ".join(texts)):
                if name not in SPECIAL:
                    yield self._instance(source, name)
            level = part.get("level")
            if level and level not in SPECIAL:
                yield self._instance(self.source.name, level)
        for column in self._element.iter("column"):
            if column.get("name"):
                assert column.get("name") in self.source.columns, column.get("name")

    def _shown(self) -> list[Element]:
        table = _child(self._element, "table")
        texts = [table.findtext("rows") or "", table.findtext("cols") or ""]
        texts += [e.attrib["column"] for e in table.findall("panes/pane/encodings/*")]
        names = [found for text in texts for found in QUALIFIED.findall(text)]
        if any(name == "[Multiple Values]" for _, name in names):
            listed = self._element.iter("groupfilter")
            names += [
                found for part in listed for found in QUALIFIED.findall(part.get("member") or "")
            ]
        unique = dict.fromkeys(pair for pair in names if pair[1] not in SPECIAL)
        return [self._instance(*pair) for pair in unique]

    def query(self) -> tuple[str, list[str], int]:
        """Return the SQL of the sheet, its figures by caption or column, and how many groups."""
        groups, figures, names = [], [], []
        for shown in self._shown():
            field = self.source.sql(shown.attrib["column"])
            if shown.get("derivation") == "None":
                groups.append(field)
                continue
            figures.append({"Sum": f"sum({field})", "User": field}[shown.attrib["derivation"]])
            names.append(shown.attrib["column"].strip("[]").removeprefix("Calculation_"))
        selected = ", ".join([*groups, *figures])
        statement = f"select {selected} from {self.source.from_clause}"
        grouped = f" group by {', '.join(groups)}" if groups else ""
        return statement + grouped, names, len(groups)


class Workbook:
    """Hold a workbook, every part of which names only what is there."""

    def __init__(self, root: Element) -> None:
        sources, worksheets = (_named(_child(root, path)) for path in ("datasources", "worksheets"))
        self.sources = {name: DataSource(element) for name, element in sources.items()}
        self.sheets = {name: Sheet(each, self.sources) for name, each in worksheets.items()}
        self.dashboards = _named(_child(root, "dashboards"))
        self._root = root

    def check(self, tables: dict[str, dict[str, str]]) -> int:
        """See that every name resolves down to the extract's columns; return how many did."""
        count = 0
        for source in self.sources.values():
            for table, column, datatype in source.stored():
                assert table in tables, f"no table {table} in the extract"
                assert column in tables[table], f"no column {column} in {table} of the extract"
                assert TYPES[tables[table][column]] == datatype, f"{table}.{column}"
                count += 1
            for name in source.columns:
                assert source.sql(name)
        for sheet in self.sheets.values():
            count += len(list(sheet.names()))
        self._check_dashboards()
        return count

    def _check_dashboards(self) -> None:
        for name, dashboard in self.dashboards.items():
            instances = set(_named(dashboard.iter("column-instance")))
            shown = set()
            for zone in dashboard.iter("zone"):
                if zone.get("name"):
                    assert zone.get("name") in self.sheets, f"{name}: no sheet {zone.get('name')}"
                    shown.add(zone.get("name"))
                if zone.get("type-v2") == "filter":
                    ((source, field),) = QUALIFIED.findall(zone.attrib["param"])
                    assert source in self.sources
                    assert field in instances, f"{name}: {field}"
            (window,) = self._root.findall(f"windows/window[@name='{name}']")
            assert {v.get("name") for v in window.iter("viewpoint")} == shown
