"""Fields of the semantic model as visuals of a Power BI report name them (PBIR)."""

import hashlib

from dashboards.bi.powerbi.dax import column_of
from dashboards.bi.sheets import Sheet
from dashboards.catalogue import DIMENSIONS, FACT, Dimension, Filter, Measure

Json = dict[str, object]
SUM, MAXIMUM = 0, 4  # PBIR's numbers for how a column is aggregated
ASCENDING, DESCENDING = "Ascending", "Descending"


def name_of(*words: str) -> str:
    """Return a name that PBIR takes, always the same for the same words, and unique with them."""
    return hashlib.sha256(".".join(words).encode()).hexdigest()[:20]


def column(table: str, name: str, source: Json | None = None) -> Json:
    """Return the expression of a column; `source` stands for its table inside a query."""
    reference = source or {"Entity": table}
    return {"Column": {"Expression": {"SourceRef": reference}, "Property": name}}


def measure(name: str, source: Json | None = None) -> Json:
    """Return the expression of a measure; all of them stand with the fact."""
    return {"Measure": {"Expression": {"SourceRef": source or {"Entity": FACT}}, "Property": name}}


def aggregation(expression: Json, function: int) -> Json:
    """Return the expression of an aggregated column."""
    return {"Aggregation": {"Expression": expression, "Function": function}}


def field_of(sheet: Sheet, field: Dimension | Measure) -> Json:
    """Return the expression that shows a sheet's field."""
    if isinstance(field, Dimension):
        return column(*column_of(field))
    if sheet.is_of_star:
        return measure(field.label)
    return aggregation(column(field.numerator.relation, field.numerator.column), SUM)


def reference_of(expression: Json) -> str:
    """Return the name by which the rest of a visual refers to a projected expression."""
    ((kind, content),) = expression.items()
    if kind == "Aggregation":
        function = "Sum" if content["Function"] == SUM else "Min"
        return f"{function}({reference_of(content['Expression'])})"
    return f"{content['Expression']['SourceRef']['Entity']}.{content['Property']}"


def projection(expression: Json, label: str) -> Json:
    """Return a field as a role of a visual lists it, with the words people read."""
    ((_, content),) = expression.items()
    return {
        "field": expression,
        "queryRef": reference_of(expression),
        "nativeQueryRef": content.get("Property", label),
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


def sort_of(sheet: Sheet, shown: list[Json]) -> list[Json]:
    """Return the order of a sheet's rows by fields that are shown; else by the first of these."""
    fields = {field.name: field_of(sheet, field) for field in (*sheet.dimensions, *sheet.measures)}
    wanted = [(fields.get(name.removeprefix("-")), name) for name in sheet.visual.sort]
    sort = [
        {"field": field, "direction": DESCENDING if name.startswith("-") else ASCENDING}
        for field, name in wanted
        if field in shown
    ]
    return sort or [{"field": field, "direction": ASCENDING} for field in shown[:1]]


def filter_column(of: Filter) -> Json:
    """Return the column that a filter acts on."""
    return column(*column_of(DIMENSIONS[of.dimension]))


def limit_filter(sheet: Sheet, listed: Json) -> Json:
    """Return the filter that keeps the first rows, by the sheet's first sort field.

    `listed` is the column that names a row. Where a column is what sorts, all rows that have its
    first value are kept: those of the newest date.
    """
    name = sheet.visual.sort[0].removeprefix("-")
    dimension = next((d for d in sheet.dimensions if d.name == name), None)
    by = dimension or next(m for m in sheet.measures if m.name == name)
    kept, count = (column(*column_of(dimension)), 1) if dimension else (listed, sheet.visual.limit)
    table, name = reference_of(kept).split(".")
    top = _top(table, name, count, _order(sheet, by), sheet.visual.sort[0].startswith("-"))
    return {"name": name_of(sheet.id, "top"), **top}


def _order(sheet: Sheet, by: Dimension | Measure) -> tuple[str, Json]:
    """Return the table and the expression that rows are ordered by, inside a query."""
    if isinstance(by, Dimension):
        table, name = column_of(by)
        return table, aggregation(column(table, name, {"Source": "o"}), MAXIMUM)
    if sheet.is_of_star:
        return FACT, measure(by.label, {"Source": "o"})
    table, name = by.numerator.relation, by.numerator.column
    return table, aggregation(column(table, name, {"Source": "o"}), SUM)


def _top(table: str, name: str, count: int, order: tuple[str, Json], is_descending: bool) -> Json:
    tables = [{"Name": "t", "Entity": table, "Type": 0}]
    order_table, order_by = order
    query = {
        "Version": 2,
        "From": [*tables, {"Name": "o", "Entity": order_table, "Type": 0}],
        "Select": [{**column(table, name, {"Source": "t"}), "Name": "field"}],
        "OrderBy": [{"Direction": 2 if is_descending else 1, "Expression": order_by}],
        "Top": count,
    }
    return {
        "field": column(table, name),
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
                            "Expressions": [column(table, name, {"Source": "t"})],
                            "Table": {"SourceRef": {"Source": "subquery"}},
                        }
                    }
                }
            ],
        },
    }


def not_blank_filter(sheet: Sheet, table: str, name: str) -> Json:
    """Return the filter that leaves out rows in which a column is blank."""
    blank = {"Literal": {"Value": "null"}}
    comparison = {
        "Comparison": {
            "ComparisonKind": 0,
            "Left": column(table, name, {"Source": "t"}),
            "Right": blank,
        }
    }
    return {
        "name": name_of(sheet.id, "not blank"),
        "field": column(table, name),
        "type": "Advanced",
        "filter": {
            "Version": 2,
            "From": [{"Name": "t", "Entity": table, "Type": 0}],
            "Where": [{"Condition": {"Not": {"Expression": comparison}}}],
        },
    }
