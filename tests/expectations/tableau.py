"""Read a Tableau workbook strictly: names that resolve, and what its sheets ask for."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from xml.etree.ElementTree import Element

from expectations.tableau_formulas import Calculation, aggregates_in

QUALIFIED = re.compile(r"\[([^\]]+)\]\.(\[[^\]]+\])")
SPECIAL = {"[:Measure Names]", "[Multiple Values]"}
PARAMETERS = "Parameters"
TYPES = {
    "TEXT": "string",
    "INT": "integer",
    "BIG_INT": "integer",
    "DATE": "date",
    "BOOL": "boolean",
    "TIMESTAMP": "datetime",
    "NUMERIC": "real",
}


def child(element: Element, path: str) -> Element:
    """Return the one part of an element that stands at a path."""
    (found,) = element.findall(path)
    return found


def named(elements: Iterable[Element]) -> dict[str, Element]:
    return {element.attrib["name"]: element for element in elements}


class DataSource:
    """Hold a data source: what its fields are in the extract's SQL, and how tables relate."""

    def __init__(self, element: Element, parameters: dict[str, str]) -> None:
        self.name = element.attrib["name"]
        self.element = element
        declared = element.findall("column")
        self.columns = named(c for c in declared if c.get("datatype") != "table")
        self._map = {m.attrib["key"]: m.attrib["value"] for m in child(element, "connection/cols")}
        self._parameters = parameters
        plain = {n for n, c in self.columns.items() if c.find("calculation") is None}
        assert plain == set(self._map)
        self.tables = self._tables()
        self.edges = self._edges()
        self.bases = [t for t in self.tables if t not in {one for _, one in self.edges}]
        self._check_records()

    def _tables(self) -> dict[str, str]:
        """Return the extract's table of each logical table, the same in connection and graph."""
        connection = child(self.element, "connection")
        stored = named(r for r in connection.iter("relation") if r.get("type") == "table")
        connections = named(connection.iter("named-connection"))
        objects = {o.attrib["id"]: child(o, "properties/relation") for o in self._objects()}
        assert {r.attrib["name"]: r.attrib for r in objects.values()} == {
            name: relation.attrib for name, relation in stored.items()
        }
        assert all(relation.get("connection") in connections for relation in stored.values())
        self._by_id = {id_: relation.attrib["name"] for id_, relation in objects.items()}
        fields = [c for c in self.element.findall("column") if c.get("datatype") == "table"]
        assert [c.attrib["name"].split("].[")[1].rstrip("]") for c in fields] == list(self._by_id)
        return {name: _parts(relation.attrib["table"])[1] for name, relation in stored.items()}

    def _objects(self) -> list[Element]:
        return self.element.findall("object-graph/objects/object")

    def _edges(self) -> dict[tuple[str, str], str]:
        """Return the condition of each relationship, by the table of many rows and that of one."""
        found = {}
        for relationship in self.element.findall("object-graph/relationships/relationship"):
            ends = ("first-end-point", "second-end-point")
            many, one = (self._by_id[child(relationship, e).attrib["object-id"]] for e in ends)
            assert child(relationship, ends[1]).get("unique-key") == "true"
            equal = child(relationship, "expression")
            left, right = (_parts(self._map[part.attrib["op"]]) for part in equal)
            assert (equal.get("op"), left[0], right[0]) == ("=", many, one)
            found[many, one] = f'"{many}"."{left[1]}" = "{one}"."{right[1]}"'
        return found

    def _check_records(self) -> None:
        for record in self.element.iter("metadata-record"):
            texts = {part.tag: part.text for part in record}
            relation = self._by_id[(texts["object-id"] or "").strip("[]")]
            assert texts["parent-name"] == f"[{relation}]"
            assert self._map[texts["local-name"] or ""] == f"[{relation}].[{texts['remote-name']}]"
            column = self.columns[texts["local-name"] or ""]
            assert column.get("datatype") == texts["local-type"], texts["local-name"]

    def sql(self, name: str, chosen: Mapping[str, str] = {}) -> str:
        """Return a field, or a parameter with what is chosen, as SQL."""
        if name.startswith(f"[{PARAMETERS}]."):
            return self._parameter(QUALIFIED.findall(name)[0][1], chosen)
        assert name in self.columns, f"{self.name} has no field {name}"
        calculation = self.columns[name].find("calculation")
        if calculation is None:
            relation, column = _parts(self._map[name])
            return f'"{relation}"."{column}"'
        formula = Calculation(calculation.attrib["formula"], lambda field: self.sql(field, chosen))
        return f"({formula.sql()})"

    def _parameter(self, name: str, chosen: Mapping[str, str]) -> str:
        assert name in self._parameters, f"no parameter {name}"
        value = chosen.get(name.strip("[]"), self._parameters[name])
        return f"date '{value[1:-1]}'" if value.startswith("#") else f"""'{value.strip('"')}'"""

    def query(self, groups: list[str], figures: list[str], kept: list[str]) -> str:
        """Return the SQL of what relationships stand for: each fact by itself, then together."""
        aggregates = list(dict.fromkeys(a for f in figures for a in aggregates_in(f)))
        alias = dict(zip(aggregates, (f"a{n}" for n in count()), strict=False))
        keys = [f"g{n}" for n in range(len(groups))]
        branches = []
        for base in self.bases:
            own = [a for a in aggregates if self._base(a) == base]
            if own:
                shown = [f"{sql} as {key}" for sql, key in zip(groups, keys, strict=True)]
                shown += [f"{a if a in own else 'null'} as {alias[a]}" for a in aggregates]
                branches.append(self._branch(base, shown, groups, kept))
        for aggregate, name in alias.items():
            figures = [figure.replace(aggregate, f"max({name})") for figure in figures]
        statement = f"select {', '.join([*keys, *figures])} from ({' union all '.join(branches)})"
        return f"{statement} as facts" + (f" group by {', '.join(keys)}" if keys else "")

    def _base(self, sql: str) -> str:
        """Return the fact whose tree has all that an expression reads."""
        read = _tables_in(sql)
        return next(b for b in self.bases if all(t == b or (b, t) in self.edges for t in read))

    def _branch(self, base: str, shown: list[str], groups: list[str], kept: list[str]) -> str:
        tables = sorted(_tables_in(" ".join([*shown, *kept])) - {base})
        own = [t for t in tables if (base, t) in self.edges]
        joins = "".join(
            f' left join "Extract"."{self.tables[t]}" as "{t}" on {self.edges[base, t]}'
            for t in own
        )
        statement = f'select {", ".join(shown)} from "Extract"."{self.tables[base]}" as "{base}"'
        where = f" where {' and '.join(kept)}" if kept else ""
        return statement + joins + where + (f" group by {', '.join(groups)}" if groups else "")

    def stored(self) -> Iterator[tuple[str, str, str]]:
        """Give table, column and Tableau's type of every field that the extract must hold."""
        for name, place in self._map.items():
            relation, column = _parts(place)
            yield self.tables[relation], column, self.columns[name].attrib["datatype"]


def _parts(place: str) -> tuple[str, str]:
    """Return both names of [one].[other]."""
    match = re.fullmatch(r"\[(\w+)\]\.\[(\w+)\]", place)
    assert match, place
    return match[1], match[2]


def _tables_in(sql: str) -> set[str]:
    return set(re.findall(r'"(\w+)"\."', sql))


class Sheet:
    """Hold a worksheet: the fields it shows, and the query that they stand for."""

    def __init__(self, element: Element, sources: dict[str, DataSource]) -> None:
        self.name = element.attrib["name"]
        self.element = element
        links = [e.attrib["name"] for e in element.findall("table/view/datasources/datasource")]
        assert links[1:] in ([], [PARAMETERS])
        self.source = sources[links[0]]
        self._instances = named(element.iter("column-instance"))

    def _instance(self, source: str, name: str) -> Element:
        assert source == self.source.name, f"{self.name}: {source} is not its source"
        assert name in self._instances, f"{self.name}: {name} is not among what it depends on"
        found = self._instances[name]
        assert found.get("column") in self.source.columns, f"{self.name}: no field {name}"
        return found

    def names(self) -> Iterator[Element]:
        """Give the use behind every name that stands anywhere in the sheet."""
        for part in self.element.iter():
            if part.tag == "calculation":  # resolved with its source
                continue
            texts = [v for name, v in part.attrib.items() if name != "semantic-role"]
            texts.append(part.text or "")
            for source, name in QUALIFIED.findall(" ".join(texts)):
                if name not in SPECIAL:
                    yield self._instance(source, name)
            level = part.get("level")
            if level and level not in SPECIAL:
                yield self._instance(self.source.name, level)
        own = self.element.findall(
            f"table/view/datasource-dependencies[@datasource='{self.source.name}']/column"
        )
        depends = {column.attrib["name"] for column in own}
        assert depends <= self.source.columns.keys(), depends - self.source.columns.keys()
        assert {i.get("column") for i in self._instances.values()} <= depends

    def _shown(self) -> list[Element]:
        table = child(self.element, "table")
        texts = [table.findtext("rows") or "", table.findtext("cols") or ""]
        texts += [e.attrib["column"] for e in table.findall("panes/pane/encodings/*")]
        names = [found for text in texts for found in QUALIFIED.findall(text)]
        if any(name == "[Multiple Values]" for _, name in names):
            for part in self.element.findall(".//groupfilter[@level='[:Measure Names]']"):
                names += QUALIFIED.findall(part.attrib["member"])
        unique = dict.fromkeys(pair for pair in names if pair[1] not in SPECIAL)
        return [self._instance(*pair) for pair in unique]

    def query(self, **chosen: str) -> tuple[str, list[str], int]:
        """Return the SQL of the sheet, its figures by caption or column, and how many groups."""
        groups, figures, names = [], [], []
        for shown in self._shown():
            field = self.source.sql(shown.attrib["column"], chosen)
            if shown.get("derivation") == "None":
                groups.append(field)
                continue
            figures.append({"Sum": f"sum({field})", "User": field}[shown.attrib["derivation"]])
            names.append(shown.attrib["column"].strip("[]").removeprefix("Calculation_"))
        statement = self.source.query(groups, figures, list(self._kept(chosen)))
        return statement, names, len(groups)

    def _kept(self, chosen: Mapping[str, str]) -> Iterator[str]:
        """Give the conditions that rows must fulfil: filters that name the one member true."""
        for part in self.element.findall(".//groupfilter[@member='true']"):
            instance = self._instance(self.source.name, part.attrib["level"])
            yield self.source.sql(instance.attrib["column"], chosen)


class Workbook:
    """Hold a workbook, every part of which names only what is there."""

    def __init__(self, root: Element) -> None:
        self.root = root
        sources, worksheets = (named(child(root, path)) for path in ("datasources", "worksheets"))
        self.parameters = {
            name: column.attrib["value"]
            for name, column in named(sources.pop(PARAMETERS).iter("column")).items()
        }
        self.sources = {n: DataSource(each, self.parameters) for n, each in sources.items()}
        self.sheets = {name: Sheet(each, self.sources) for name, each in worksheets.items()}
        self.dashboards = named(child(root, "dashboards"))

    def check(self, tables: dict[str, dict[str, str]]) -> int:
        """See that every name resolves down to the extract's columns; return how many did."""
        found = 0
        for source in self.sources.values():
            for table, column, datatype in source.stored():
                assert table in tables, f"no table {table} in the extract"
                assert column in tables[table], f"no column {column} in {table} of the extract"
                assert TYPES[tables[table][column]] == datatype, f"{table}.{column}"
                found += 1
            for name in source.columns:
                assert source.sql(name)
        return found + sum(len(list(sheet.names())) for sheet in self.sheets.values())
