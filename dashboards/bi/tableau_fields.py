"""Names that sheets and dashboards of the Tableau workbook use: fields on shelves, ids, filters."""

import uuid
from xml.etree.ElementTree import Element, SubElement

from dashboards.bi.tableau_source import STAR, Source, datatype_of
from dashboards.catalogue import DIMENSIONS, FILTERS, Dimension, Measure

USER = "{http://www.tableausoftware.com/xml/user}"
NAMES, VALUES = "[:Measure Names]", "[Multiple Values]"


def simple_id(*names: str) -> Element:
    """Return an id that is always the same for the same names."""
    found = uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("ecommerce-analytics", *names)))
    return Element("simple-id", uuid=f"{{{str(found).upper()}}}")


def instance(source: Source, field: Dimension | Measure, *, is_continuous: bool = False) -> Element:
    """Return the use of a field on a shelf: a group, an aggregate, or a calculated aggregate."""
    name = source.field_of(field)
    if isinstance(field, Dimension):
        kind, short = ("quantitative", "qk") if is_continuous else _group_kind(source, field)
        derivation, prefix = "None", "none"
    elif source.name == STAR:
        derivation, prefix, kind, short = "User", "usr", "quantitative", "qk"
    else:
        derivation, prefix, kind, short = "Sum", "sum", "quantitative", "qk"
    return Element(
        "column-instance",
        column=f"[{name}]",
        derivation=derivation,
        name=f"[{prefix}:{name}:{short}]",
        pivot="key",
        type=kind,
    )


def qualified(source: Source, name: str) -> str:
    """Return a name as shelves write it, with its source before it."""
    return f"[{source.name}].{name}"


def filter_fields() -> list[Dimension]:
    """Return the dimensions that the filters of every page act on."""
    return [DIMENSIONS[each.dimension] for each in FILTERS]


def level_members(parent: Element, level: str) -> None:
    """Take every member of a level: what a filter starts from."""
    SubElement(
        parent,
        "groupfilter",
        {"function": "level-members", "level": level, f"{USER}ui-enumeration": "all"}
        | {f"{USER}ui-marker": "enumerate"},
    )


def _group_kind(source: Source, field: Dimension) -> tuple[str, str]:
    if field.expression:
        return ("ordinal", "ok") if field.format == "count" else ("nominal", "nk")
    types = {relation.name: relation.types for relation in source.relations}
    _, kind = datatype_of(types[field.relation][field.column])
    return kind, "ok" if kind == "ordinal" else "nk"
