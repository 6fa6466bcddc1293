"""Data sources of the Tableau workbook: the star joined, and each report that has figures ready.

All of them read one Hyper extract. A field's name in Tableau is its column's, with the relation
behind it where a column before has the name already; what is computed is a calculated field.
"""

from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element, SubElement

from dashboards.bi.sheets import sources
from dashboards.bi.tableau.hyper import SCHEMA
from dashboards.catalogue import FACT, JOINS, STAR_MEASURES, Aggregate, Dimension, Measure
from dashboards.catalogue.star import DISCOUNT_BOUNDS, DISCOUNT_RANGES
from loader.export.relations import Relation

VERSION = "26.1"
EXTRACT = "Data/shop.hyper"
CONNECTION = "hyper.shop"
STAR = "shop"
FUNCTIONS = {"sum": "SUM", "count_distinct": "COUNTD", "max": "MAX"}
FORMATS = {
    "money": 'n"{0} "#,##0.00;-"{0} "#,##0.00',
    "count": "n#,##0;-#,##0",
    "decimal": "n#,##0.00;-#,##0.00",
    "percent": 'n#,##0.0"%";-#,##0.0"%"',
}

# Dimensions that no relation holds as a column: calculated fields, by dimension.
CALCULATED = {
    "hour": "DATEPART('hour', [sold_at])",
    "discount_range": " ".join(
        (
            f"IF [discount_pct] = 0 THEN '{DISCOUNT_RANGES[0]}'",
            *(
                f"ELSEIF [discount_pct] <= {bound} THEN '{name}'"
                for bound, name in zip(DISCOUNT_BOUNDS, DISCOUNT_RANGES[1:], strict=False)
            ),
            f"ELSE '{DISCOUNT_RANGES[-1]}' END",
        )
    ),
    "customer_kind": "IF [year_month] = [first_purchase_month] THEN 'New' ELSE 'Returning' END",
}


@dataclass(frozen=True)
class Source:
    """Hold a data source: its name, and its relations, the first of them the one joined to."""

    name: str
    relations: tuple[Relation, ...]
    currency: str

    @cached_property
    def fields(self) -> dict[tuple[str, str], str]:
        """Return the field of each column of each relation, without brackets."""
        found: dict[tuple[str, str], str] = {}
        for relation in self.relations:
            for column in relation.types:
                is_taken = column in found.values()
                name = f"{column} ({relation.name})" if is_taken else column
                found[relation.name, column] = name
        return found

    def element(self) -> Element:
        """Return the data source with its connection, its columns and its calculated fields."""
        caption = "Sales" if self.name == STAR else self.name
        element = Element(
            "datasource", caption=caption, inline="true", name=self.name, version=VERSION
        )
        connection = SubElement(element, "connection", {"class": "federated"})
        named = SubElement(connection, "named-connections")
        own = SubElement(named, "named-connection", caption="shop", name=CONNECTION)
        SubElement(
            own,
            "connection",
            {
                "authentication": "auth-none",
                "author-locale": "en_US",
                "class": "hyper",
                "dbname": EXTRACT,
                "default-settings": "yes",
                "schema": SCHEMA,
                "server": "",
                "sslmode": "",
                "username": "tableau_internal_user",
            },
        )
        connection.append(self._joined(len(self.relations)))
        columns = SubElement(connection, "cols")
        for (relation, column), field in self.fields.items():
            SubElement(columns, "map", key=f"[{field}]", value=f"[{relation}].[{column}]")
        SubElement(element, "aliases", enabled="yes")
        element.extend(self.columns().values())
        return element

    def columns(self) -> dict[str, Element]:
        """Return the columns by name, keys hidden, and after them the calculated fields."""
        found = {
            f"[{self.fields[relation.name, column]}]": self._column(relation, column, type_)
            for relation in self.relations
            for column, type_ in relation.types.items()
        }
        if self.name == STAR:
            for measure in STAR_MEASURES.values():
                found[f"[Calculation_{measure.name}]"] = self.measure(measure)
            for name in CALCULATED:
                found[f"[Calculation_{name}]"] = self.calculated_dimension(name)
        return found

    def measure(self, measure: Measure) -> Element:
        """Return a measure as a calculated field: an aggregate, or a ratio of two."""
        formula = self._aggregate(measure.numerator)
        if measure.denominator:
            scale = "" if measure.scale == 1 else f"{measure.scale} * "
            formula = f"{scale}{formula} / {self._aggregate(measure.denominator)}"
        datatype = "integer" if measure.format == "count" else "real"
        element = _calculated(measure.name, measure.label, formula, datatype, "measure")
        element.set("default-format", FORMATS[measure.format].format(self.currency))
        return element

    def calculated_dimension(self, name: str) -> Element:
        """Return a dimension that no relation holds as a calculated field."""
        datatype = "integer" if name == "hour" else "string"
        return _calculated(name, name.replace("_", " ").capitalize(), CALCULATED[name], datatype)

    def field_of(self, field: Dimension | Measure) -> str:
        """Return the name of a catalogue's field in this source, without brackets."""
        if isinstance(field, Dimension):
            if field.expression:
                return f"Calculation_{field.name}"
            return self.fields[field.relation, field.column]
        if self.name == STAR:
            return f"Calculation_{field.name}"
        return self.fields[field.numerator.relation, field.numerator.column]

    def _aggregate(self, aggregate: Aggregate) -> str:
        field = self.fields[aggregate.relation, aggregate.column]
        return f"{FUNCTIONS[aggregate.function]}([{field}])"

    def _joined(self, count: int) -> Element:
        """Return the first relations joined, each to the fact: the join of all before and it."""
        relation = self.relations[count - 1]
        table = Element(
            "relation",
            connection=CONNECTION,
            name=relation.name,
            table=f"[{SCHEMA}].[{relation.name}]",
            type="table",
        )
        if count == 1:
            return table
        joined = Element("relation", join="inner", type="join")
        clause = SubElement(joined, "clause", type="join")
        equal = SubElement(clause, "expression", op="=")
        key = JOINS[relation.name]
        SubElement(equal, "expression", op=f"[{FACT}].[{key}]")
        SubElement(equal, "expression", op=f"[{relation.name}].[{key}]")
        joined.extend([self._joined(count - 1), table])
        return joined

    def _column(self, relation: Relation, column: str, type_: str) -> Element:
        datatype, kind = datatype_of(type_)
        is_measure = datatype == "real" or type_ == "bigint" or column.endswith("quantity")
        element = Element(
            "column",
            {
                "caption": column.replace("_", " ").capitalize(),
                "datatype": datatype,
                "name": f"[{self.fields[relation.name, column]}]",
                "role": "measure" if is_measure else "dimension",
                "type": "quantitative" if is_measure else kind,
            },
        )
        if column.endswith("_key"):
            element.set("hidden", "true")
        words = relation.descriptions.get(column)
        if words:
            text = SubElement(SubElement(element, "desc"), "formatted-text")
            SubElement(text, "run").text = words
        return element


def star(relations: dict[str, Relation], currency: str) -> Source:
    """Return the star's source: the fact and what it joins."""
    joined = [name for name in sources() if name in JOINS]
    return Source(STAR, tuple(relations[name] for name in (FACT, *joined)), currency)


def all_sources(relations: dict[str, Relation], currency: str) -> dict[str, Source]:
    """Return the sources by the relation that their sheets read."""
    others = [name for name in sources() if name != FACT and name not in JOINS]
    single = {name: Source(name, (relations[name],), currency) for name in others}
    return {FACT: star(relations, currency)} | single


def datatype_of(type_: str) -> tuple[str, str]:
    """Return Tableau's data type for PostgreSQL's, and how a dimension of it is ordered."""
    if type_.startswith("numeric"):
        return "real", "ordinal"
    return {
        "integer": ("integer", "ordinal"),
        "bigint": ("integer", "ordinal"),
        "boolean": ("boolean", "nominal"),
        "date": ("date", "ordinal"),
        "timestamp without time zone": ("datetime", "ordinal"),
    }.get(type_, ("string", "nominal"))


def _calculated(
    name: str, label: str, formula: str, datatype: str, role: str = "dimension"
) -> Element:
    group = "ordinal" if datatype == "integer" else "nominal"
    kind = "quantitative" if role == "measure" else group
    attributes = {"caption": label, "datatype": datatype, "name": f"[Calculation_{name}]"}
    element = Element("column", attributes | {"role": role, "type": kind})
    SubElement(element, "calculation", {"class": "tableau", "formula": formula})
    return element
