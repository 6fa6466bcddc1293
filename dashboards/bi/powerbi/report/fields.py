"""Fields of the semantic model as visuals of a Power BI report name them (PBIR)."""

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

from dashboards.bi.powerbi.model.dax import column_of
from dashboards.bi.powerbi.model.names import METRICS, column_name, table_name
from dashboards.bi.sheets import Sheet
from dashboards.catalogue import DIMENSIONS, Dimension, Filter, Measure

Json = dict[str, object]
SUM, MAXIMUM = 0, 4  # PBIR's numbers for how a column is aggregated
ASCENDING, DESCENDING = "Ascending", "Descending"


def name_of(*words: str) -> str:
    """Return a name that PBIR takes, always the same for the same words, and unique with them."""
    return hashlib.sha256(".".join(words).encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Field:
    """Name what a visual shows: a column, an aggregated one, or a measure."""

    table: str
    name: str
    kind: Literal["Column", "Measure"] = "Column"
    function: int | None = None

    def expression(self, source: str | None = None) -> Json:
        """Return the field as PBIR writes it; `source` stands for its table inside a query."""
        reference = {"Source": source} if source else {"Entity": self.table}
        plain: Json = {self.kind: {"Expression": {"SourceRef": reference}, "Property": self.name}}
        if self.function is None:
            return plain
        return {"Aggregation": {"Expression": plain, "Function": self.function}}

    @property
    def reference(self) -> str:
        """Return the name by which the rest of a visual refers to the field once it is shown."""
        plain = f"{self.table}.{self.name}"
        if self.function is None:
            return plain
        return f"{'Sum' if self.function == SUM else 'Min'}({plain})"


def measure(name: str) -> Field:
    """Return a measure; all of them stand in one table."""
    return Field(METRICS, name, "Measure")


def column(relation: str, name: str, function: int | None = None) -> Field:
    """Return a column of a relation, perhaps aggregated."""
    return Field(table_name(relation), column_name(relation, name), function=function)


def field_of(sheet: Sheet, field: Dimension | Measure) -> Field:
    """Return what shows a sheet's field."""
    if isinstance(field, Dimension):
        return column(*column_of(field))
    if sheet.is_of_star:
        return measure(field.label)
    return column(field.numerator.relation, field.numerator.column, SUM)


def projection(field: Field, label: str) -> Json:
    """Return a field as a role of a visual lists it, with the words people read."""
    return {
        "field": field.expression(),
        "queryRef": field.reference,
        "nativeQueryRef": field.name if field.function is None else label,
        "displayName": label,
    }


def literal(value: str | bool | int) -> Json:
    """Return a constant; numbers are PBIR's doubles."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, int):
        text = f"{value}D"
    else:
        text = "'" + value.replace("'", "''") + "'"
    return {"expr": {"Literal": {"Value": text}}}


def sort_of(sheet: Sheet, shown: list[Field]) -> list[Json]:
    """Return the order of a sheet's rows by fields that are shown; else by the first of these."""
    fields = {field.name: field_of(sheet, field) for field in sheet.fields}
    wanted = [(fields.get(name.removeprefix("-")), name) for name in sheet.visual.sort]
    sort: list[Json] = [
        {
            "field": field.expression(),
            "direction": DESCENDING if name.startswith("-") else ASCENDING,
        }
        for field, name in wanted
        if field in shown
    ]
    return sort or [{"field": field.expression(), "direction": ASCENDING} for field in shown[:1]]


def filter_column(of: Filter) -> Field:
    """Return the column that a filter acts on."""
    return column(*column_of(DIMENSIONS[of.dimension]))


def limit_filter(sheet: Sheet, limit: int, listed: Field) -> Json:
    """Return the filter that keeps the first rows, by the sheet's first sort field.

    `listed` is the column that names a row. Where a column is what sorts, all rows that have its
    first value are kept: those of the newest date.
    """
    name = sheet.visual.sort[0].removeprefix("-")
    by = next(field for field in sheet.fields if field.name == name)
    kept, count = (field_of(sheet, by), 1) if isinstance(by, Dimension) else (listed, limit)
    top = _top(kept, count, _order(sheet, by), sheet.visual.sort[0].startswith("-"))
    return {"name": name_of(sheet.id, "top"), **top}


def _order(sheet: Sheet, by: Dimension | Measure) -> Field:
    """Return what rows are ordered by, inside a query."""
    field = field_of(sheet, by)
    return replace(field, function=MAXIMUM) if isinstance(by, Dimension) else field


def _top(kept: Field, count: int, order: Field, is_descending: bool) -> Json:
    tables = [{"Name": "t", "Entity": kept.table, "Type": 0}]
    query = {
        "Version": 2,
        "From": [*tables, {"Name": "o", "Entity": order.table, "Type": 0}],
        "Select": [{**kept.expression("t"), "Name": "field"}],
        "OrderBy": [{"Direction": 2 if is_descending else 1, "Expression": order.expression("o")}],
        "Top": count,
    }
    return {
        "field": kept.expression(),
        "type": "TopN",
        "filter": {
            "Version": 2,
            "From": [
                {"Name": "subquery", "Expression": {"Subquery": {"Query": query}}, "Type": 2},
                *tables,
            ],
            "Where": [
                {
                    "Condition": {
                        "In": {
                            "Expressions": [kept.expression("t")],
                            "Table": {"SourceRef": {"Source": "subquery"}},
                        }
                    }
                }
            ],
        },
    }


def not_blank_filter(sheet: Sheet, field: Field) -> Json:
    """Return the filter that leaves out rows in which a column is blank."""
    blank = {"Literal": {"Value": "null"}}
    comparison = {
        "Comparison": {
            "ComparisonKind": 0,
            "Left": field.expression("t"),
            "Right": blank,
        }
    }
    return {
        "name": name_of(sheet.id, "not blank"),
        "field": field.expression(),
        "type": "Advanced",
        "filter": {
            "Version": 2,
            "From": [{"Name": "t", "Entity": field.table, "Type": 0}],
            "Where": [{"Condition": {"Not": {"Expression": comparison}}}],
        },
    }
