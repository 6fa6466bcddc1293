"""The object model of a data source: logical tables in one extract, related and not joined.

Facts stand at the base; a dimension that both relate to is shared, so that measures of both are
aggregated each for itself and then brought together (Tableau 2024.2).
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from dashboards.bi.tableau.columns import Fields, datatype_of, table_caption
from dashboards.bi.tableau.hyper import SCHEMA
from loader.export.relations import Relation

EXTRACT = "Data/shop.hyper"
CONNECTION = "hyper.shop"
# Tableau's numbers for the types of what it reads, and how it aggregates them unless told.
REMOTE_TYPES = {"string": "129", "integer": "20", "real": "5", "boolean": "11"}
REMOTE_TYPES |= {"date": "133", "datetime": "135"}
AGGREGATIONS = {"integer": "Sum", "real": "Sum", "date": "Year", "datetime": "Year"}


@dataclass(frozen=True)
class Edge:
    """Hold a relationship: many rows of a relation to one of another, by the key of both."""

    many: str
    one: str
    key: str


def connection(relations: Iterable[Relation], fields: Fields) -> Element:
    """Return the connection to the extract, with the logical tables and their columns."""
    element = Element("connection", {"class": "federated"})
    own = SubElement(
        SubElement(element, "named-connections"),
        "named-connection",
        caption="shop",
        name=CONNECTION,
    )
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
    tables = [_table(relation) for relation in relations]
    if len(tables) == 1:
        element.append(tables[0])
    else:
        SubElement(element, "relation", type="collection").extend(tables)
    columns = SubElement(element, "cols")
    for (table, column), field in fields.items():
        SubElement(columns, "map", key=f"[{field}]", value=f"[{table}].[{column}]")
    records = SubElement(element, "metadata-records")
    for relation in relations:
        records.extend(_records(relation, fields))
    return element


def object_graph(relations: Iterable[Relation], fields: Fields, edges: Iterable[Edge]) -> Element:
    """Return the logical tables and their relationships."""
    element = Element("object-graph")
    objects = SubElement(element, "objects")
    for relation in relations:
        item = SubElement(
            objects, "object", caption=table_caption(relation.name), id=object_id(relation.name)
        )
        SubElement(item, "properties", context="").append(_table(relation))
    if edges:
        SubElement(element, "relationships").extend(_relationship(edge, fields) for edge in edges)
    return element


def table_column(relation: Relation) -> Element:
    """Return the field that stands for a logical table itself."""
    return Element(
        "column",
        caption=table_caption(relation.name),
        datatype="table",
        name=f"[__tableau_internal_object_id__].[{object_id(relation.name)}]",
        role="measure",
        type="quantitative",
    )


def object_id(relation: str) -> str:
    """Return the id of a logical table, always the same for the same relation."""
    found = uuid.uuid5(uuid.NAMESPACE_URL, f"ecommerce-analytics/table/{relation}")
    return f"{relation}_{found.hex.upper()}"


def _table(relation: Relation) -> Element:
    return Element(
        "relation",
        connection=CONNECTION,
        name=relation.name,
        table=f"[{SCHEMA}].[{relation.name}]",
        type="table",
    )


def _relationship(edge: Edge, fields: Fields) -> Element:
    element = Element("relationship")
    equal = SubElement(element, "expression", op="=")
    for relation in (edge.many, edge.one):
        SubElement(equal, "expression", op=f"[{fields[relation, edge.key]}]")
    SubElement(element, "first-end-point", {"object-id": object_id(edge.many)})
    one = {"object-id": object_id(edge.one), "unique-key": "true"}
    SubElement(element, "second-end-point", one)
    return element


def _records(relation: Relation, fields: Fields) -> Iterable[Element]:
    for ordinal, (column, type_) in enumerate(relation.types.items()):
        datatype, _ = datatype_of(type_)
        record = Element("metadata-record", {"class": "column"})
        for tag, text in (
            ("remote-name", column),
            ("remote-type", REMOTE_TYPES[datatype]),
            ("local-name", f"[{fields[relation.name, column]}]"),
            ("parent-name", f"[{relation.name}]"),
            ("remote-alias", column),
            ("ordinal", str(ordinal)),
            ("local-type", datatype),
            ("aggregation", AGGREGATIONS.get(datatype, "Count")),
            ("contains-null", "true"),
            ("object-id", f"[{object_id(relation.name)}]"),
        ):
            SubElement(record, tag).text = text
        yield record
