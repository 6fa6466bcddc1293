"""Names that sheets and dashboards of the Tableau workbook use: fields on shelves, ids, filters."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element, SubElement

from dashboards.bi.sheets import Sheet
from dashboards.bi.tableau.columns import datatype_of
from dashboards.bi.tableau.period import PARAMETERS, parameter_columns
from dashboards.bi.tableau.source import STAR, Source
from dashboards.catalogue import DIMENSIONS, FILTERS, Dimension, Measure

USER = "{http://www.tableausoftware.com/xml/user}"
# Kinds whose first dimension is a date on a continuous axis.
OVER_TIME = {"daily", "quality"}
# What a tile shows of its metric.
PARTS = ("in_period", "compared", "change")
NAMES, VALUES = "[:Measure Names]", "[Multiple Values]"


@dataclass(frozen=True)
class Instance:
    """Hold the use of a field on a shelf: a group, an aggregate, or a calculated aggregate."""

    column: str
    derivation: str
    name: str
    type: str

    def element(self) -> Element:
        """Return the use as the workbook declares it."""
        return Element(
            "column-instance",
            column=self.column,
            derivation=self.derivation,
            name=self.name,
            pivot="key",
            type=self.type,
        )


IN_PERIOD = Instance(
    "[Calculation_is_in_period]", "None", "[none:Calculation_is_in_period:nk]", "nominal"
)


@dataclass(frozen=True)
class Shown:
    """Hold a sheet in its data source: the uses of its fields, in the order that rows name them."""

    sheet: Sheet
    source: Source

    @property
    def kind(self) -> str:
        """Return the kind of visual."""
        return self.sheet.visual.kind

    @cached_property
    def fields(self) -> tuple[Dimension, ...]:
        """Return what groups, first what names a row: of a place in a list the state."""
        is_place = self.sheet.visual.dimensions == ("country", "state")
        is_reversed = is_place and self.kind == "bars"
        return self.sheet.dimensions[::-1] if is_reversed else self.sheet.dimensions

    @cached_property
    def groups(self) -> list[Instance]:
        """Return the uses of what groups."""
        return [
            instance(self.source, field, is_continuous=self.kind in OVER_TIME and not number)
            for number, field in enumerate(self.fields)
        ]

    @cached_property
    def figures(self) -> list[Instance]:
        """Return the uses of the figures; a tile has one of the period, compared, and changed."""
        if self.kind == "figure":
            (measure,) = self.sheet.measures
            return [_aggregate(f"Calculation_{measure.name}_{part}") for part in PARTS]
        return [instance(self.source, field) for field in self.sheet.measures]

    @property
    def period(self) -> Instance | None:
        """Return the use that keeps the days of the period; a tile looks beyond them."""
        follows = self.sheet.is_of_star and self.kind != "figure"
        return IN_PERIOD if follows else None

    @cached_property
    def top(self) -> Instance | None:
        """Return the group of which only the first members are kept; None where all are."""
        if not self.sheet.visual.limit:
            return None
        name = self.sheet.visual.sort[0].removeprefix("-")
        kept = next((field for field in self.fields if field.name == name), self.fields[0])
        return instance(self.source, kept)

    @property
    def is_listing(self) -> bool:
        """Return whether the sheet lists its figures side by side as text."""
        return self.kind in ("table", "delivery")

    def name(self, each: Instance) -> str:
        """Return a use as shelves write it."""
        return qualified(self.source, each.name)


def simple_id(*names: str) -> Element:
    """Return an id that is always the same for the same names."""
    return Element("simple-id", uuid=simple_uuid(*names))


def simple_uuid(*names: str) -> str:
    """Return an id as other parts of the workbook name it."""
    found = uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("ecommerce-analytics", *names)))
    return f"{{{str(found).upper()}}}"


def instance(
    source: Source, field: Dimension | Measure, *, is_continuous: bool = False
) -> Instance:
    """Return the use of a field on a shelf."""
    name = source.field_of(field)
    if isinstance(field, Dimension):
        kind, short = ("quantitative", "qk") if is_continuous else _group_kind(source, field)
        derivation, prefix = "None", "none"
    elif source.name == STAR:
        return _aggregate(name)
    else:
        derivation, prefix, kind, short = "Sum", "sum", "quantitative", "qk"
    return Instance(f"[{name}]", derivation, f"[{prefix}:{name}:{short}]", kind)


def _aggregate(name: str) -> Instance:
    """Return the use of a calculated field that aggregates by itself."""
    return Instance(f"[{name}]", "User", f"[usr:{name}:qk]", "quantitative")


def qualified(source: Source, name: str) -> str:
    """Return a name as shelves write it, with its source before it."""
    return f"[{source.name}].{name}"


def filter_fields() -> list[Dimension]:
    """Return the dimensions that the filters of every page act on."""
    return [DIMENSIONS[each.dimension] for each in FILTERS]


def dependencies(source: Source, used: Iterable[Instance]) -> Iterator[Element]:
    """Yield what a view depends on: fields, what calculated ones are made of, and parameters."""
    element = Element("datasource-dependencies", datasource=source.name)
    columns = source.columns()
    instances = {each.name: each for each in used}
    wanted = [each.column for each in instances.values()]
    for name in wanted:
        calculation = columns[name].find("calculation")
        if calculation is not None:
            formula = calculation.get("formula", "")
            wanted += [n for n in columns if n in formula and n not in wanted]
    element.extend(columns[name] for name in sorted(set(wanted)))
    element.extend(instances[name].element() for name in sorted(instances))
    yield element
    if source.name == STAR:
        taken = Element("datasource-dependencies", datasource=PARAMETERS)
        taken.extend(parameter_columns(source.content.last_day).values())
        yield taken


def links(source: Source) -> Element:
    """Return the data sources of a view: its own first, and the parameters behind it."""
    element = Element("datasources")
    for name in (source.name, PARAMETERS) if source.name == STAR else (source.name,):
        SubElement(element, "datasource", name=name)
    return element


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
