"""Data sources of the Tableau workbook: the star, and each report that has figures ready.

All of them read one Hyper extract. A field's name in Tableau is its column's, with the relation
behind it where a column before has the name already; what is computed is a calculated field.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from xml.etree.ElementTree import Element, SubElement

from dashboards.bi.sheets import sources
from dashboards.bi.tableau.calculation import (
    Calculation,
    aggregate_of,
    calculated_dimensions,
    calculated_measure,
    measures_of,
)
from dashboards.bi.tableau.columns import (
    Fields,
    captions,
    column_element,
    folders,
    hierarchies,
    table_caption,
)
from dashboards.bi.tableau.graph import Edge, connection, object_graph, table_column
from dashboards.bi.tableau.period import (
    PARAMETERS,
    bounds,
    is_in_period,
    of_tile,
    parameter_columns,
)
from dashboards.bi.tableau.returns import pages, sheets_of
from dashboards.catalogue import FACT, JOINS, RETURNS, Dimension, Measure
from loader.export.relations import Relation

VERSION = "18.1"  # of the form; what a workbook uses of it, its manifest says
STAR = "shop"


@dataclass(frozen=True)
class Content:
    """Hold what a workbook is made of: relations by name, and what the shop says of them."""

    relations: dict[str, Relation]
    currency: str
    last_day: date
    stamp: str
    week_start: str

    @property
    def has_returns(self) -> bool:
        """Return whether the shop has returns."""
        return RETURNS in self.relations


@dataclass(frozen=True)
class Source:
    """Hold a data source: its relations, how they are related, and what is calculated of them."""

    name: str
    relations: tuple[Relation, ...]
    content: Content
    edges: tuple[Edge, ...] = ()
    calculations: tuple[Calculation, ...] = ()

    @cached_property
    def fields(self) -> Fields:
        """Return the field of each column of each relation, without brackets."""
        found: Fields = {}
        for relation in self.relations:
            for column in relation.types:
                is_taken = column in found.values()
                name = f"{column} ({relation.name})" if is_taken else column
                found[relation.name, column] = name
        return found

    def element(self) -> Element:
        """Return the data source: connection, fields, hierarchies, folders, object model."""
        caption = "Sales" if self.name == STAR else table_caption(self.name)
        element = Element(
            "datasource", caption=caption, inline="true", name=self.name, version=VERSION
        )
        element.append(connection(self.relations, self.fields))
        SubElement(element, "aliases", enabled="yes")
        element.extend(self.columns().values())
        element.extend(table_column(relation) for relation in self.relations)
        if self.name == STAR:
            element.append(hierarchies(self.fields))
            element.append(folders(self.relations, self.fields, self.calculations))
        # by folder, and by table where there is none
        layout = {"dim-ordering": "alphabetic", "measure-ordering": "alphabetic"}
        structure = {"show-structure": "false" if self.name == STAR else "true"}
        SubElement(element, "layout", layout | structure)
        week_start = self.content.week_start.lower()
        SubElement(element, "date-options", {"start-of-week": week_start})
        if self.calculations:
            used = SubElement(element, "datasource-dependencies", datasource=PARAMETERS)
            used.extend(parameter_columns(self.content.last_day).values())
        element.append(object_graph(self.relations, self.fields, self.edges))
        return element

    def columns(self) -> dict[str, Element]:
        """Return the columns by name, keys hidden, and after them the calculated fields."""
        names = captions(self.relations, self.calculations)
        currency = self.content.currency
        found = {
            f"[{field}]": column_element(
                relation, column, field, names[relation.name, column], currency
            )
            for relation in self.relations
            for column, field in self._fields_of(relation)
        }
        return found | {f"[{each.field}]": each.element() for each in self.calculations}

    def _fields_of(self, relation: Relation) -> Iterator[tuple[str, str]]:
        for column in relation.types:
            yield column, self.fields[relation.name, column]

    def field_of(self, field: Dimension | Measure) -> str:
        """Return the name of a catalogue's field in this source, without brackets."""
        if isinstance(field, Dimension):
            if field.expression:
                return f"Calculation_{field.name}"
            return self.fields[field.relation, field.column]
        if self.name == STAR:
            return f"Calculation_{field.name}"
        return self.fields[field.numerator.relation, field.numerator.column]


def star(content: Content) -> Source:
    """Return the star's source: the sales, what they relate to, and the returns beside them."""
    related = [name for name in JOINS if name in content.relations]
    names = [FACT, *related]
    edges = [Edge(FACT, name, JOINS[name]) for name in related]
    if content.has_returns:
        names.append(RETURNS)
        shared = [name for name in related if name.startswith("dim_")]
        edges += [Edge(RETURNS, name, JOINS[name]) for name in shared]
    relations = tuple(content.relations[name] for name in names)
    source = Source(STAR, relations, content, tuple(edges))
    return replace(source, calculations=tuple(_calculations(source)))


def _calculations(source: Source) -> Iterator[Calculation]:
    currency = source.content.currency
    measures = measures_of(relation.name for relation in source.relations)
    yield from calculated_dimensions()
    for measure in measures.values():
        yield calculated_measure(measure, aggregate_of(source.fields, {}), currency)
    yield from bounds()
    yield is_in_period()
    for name in tiles(source.content):
        yield from of_tile(measures[name], source.fields, currency)


def tiles(content: Content) -> list[str]:
    """Return the metrics that tiles show."""
    return [
        measure.name
        for page in pages(has_returns=content.has_returns)
        for sheet in sheets_of(page)
        if sheet.visual.kind == "figure"
        for measure in sheet.measures
    ]


def all_sources(content: Content) -> dict[str, Source]:
    """Return the sources by the relation that their sheets read."""
    read = {s.source for p in pages(has_returns=content.has_returns) for s in sheets_of(p)}
    single = {
        name: Source(name, (content.relations[name],), content) for name in sorted(read - {FACT})
    }
    return {FACT: star(content)} | single


def relations_read(*, has_returns: bool) -> list[str]:
    """Return the relations that the extract holds: the star, then reports."""
    read = [s.source for p in pages(has_returns=has_returns) for s in sheets_of(p)]
    names = [*sources(), *([RETURNS] if has_returns else []), *sorted(read)]
    return list(dict.fromkeys(names))
