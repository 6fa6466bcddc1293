"""A column of a table in TMDL: type, format, name, place in the list of fields."""

from collections.abc import Iterator

from dashboards.bi.powerbi.model.names import CATEGORIES, column_name, folder_of, is_hidden, quoted
from dashboards.catalogue import JOINS
from loader.export.relations import Relation

FORMATS = {
    "money": "#,0.00",
    "count": "#,0",
    "percent": "0.0\\%",
    "decimal": "#,0.00",
    "change": "+0.0\\%;-0.0\\%;0.0\\%",
    "points": "+0.0\\ \\p\\t;-0.0\\ \\p\\t;0.0\\ \\p\\t",
    "date": "yyyy-mm-dd",
}
# Text that is not in its own order, and the column that has it.
SORTED_BY = {("dim_dates", "day_name"): "weekday_order", ("dim_dates", "month_name"): "month"}
# Decimals that are neither an amount nor percent.
PLAIN = {"days_of_cover"}


def formats_in(currency: str) -> dict[str, str]:
    """Return the format strings by the catalogue's names, amounts with the currency's code."""
    before = "".join(f"\\{letter}" for letter in f"{currency} ")
    return FORMATS | {"money": before + FORMATS["money"]}


def column(relation: Relation, name: str, currency: str) -> Iterator[str]:
    """Yield the lines of a column that the mart has."""
    type_ = relation.types[name]
    yield f"\t/// {relation.descriptions[name]}"
    yield f"\tcolumn {quoted(column_name(relation.name, name))}"
    yield f"\t\tdataType: {data_type(type_)}"
    if is_hidden(relation.name, name):
        yield "\t\tisHidden"
    # the date marks the table of dates: time filters then act on all of it
    if name == ("full_date" if relation.name == "dim_dates" else JOINS.get(relation.name)):
        yield "\t\tisKey"
    yield from (f"\t\tformatString: {found}" for found in [_format(name, type_, currency)] if found)
    yield from (
        f"\t\tdisplayFolder: {found}" for found in [folder_of(relation.name, name)] if found
    )
    if name in CATEGORIES:
        yield f"\t\tdataCategory: {CATEGORIES[name]}"
    yield "\t\tsummarizeBy: none"
    yield f"\t\tsourceColumn: {name}"
    if (relation.name, name) in SORTED_BY:
        by = column_name(relation.name, SORTED_BY[relation.name, name])
        yield f"\t\tsortByColumn: {quoted(by)}"
    yield ""


def calculated(
    name: str, dax: str, type_: str, words: str, *, hidden: bool = False
) -> Iterator[str]:
    """Yield the lines of a column that the model computes."""
    yield f"\t/// {words}"
    yield f"\tcolumn {quoted(name)} = {dax}"
    yield f"\t\tdataType: {type_}"
    if hidden:
        yield "\t\tisHidden"
    yield from ("\t\tsummarizeBy: none", "")


def data_type(type_: str) -> str:
    """Return the semantic model's type for PostgreSQL's: amounts are exact to four decimals."""
    return _types(type_)[0]


def m_type(type_: str) -> str:
    """Return Power Query's type for PostgreSQL's."""
    return _types(type_)[1]


def _format(name: str, type_: str, currency: str) -> str | None:
    if not type_.startswith("numeric"):
        return _types(type_)[2]
    if name.endswith("_pct"):
        return FORMATS["percent"]
    if name in PLAIN:
        return "#,0.0"
    return formats_in(currency)["money"]


def _types(type_: str) -> tuple[str, str, str | None]:
    """Return the model's type, Power Query's, and the format of what is no amount."""
    if type_.startswith("numeric"):
        return "decimal", "Currency.Type", None  # four decimals are what Currency.Type holds
    return {
        "integer": ("int64", "Int64.Type", "0"),
        "bigint": ("int64", "Int64.Type", "#,0"),
        "boolean": ("boolean", "type logical", None),
        "date": ("dateTime", "type date", "yyyy-mm-dd"),
        "timestamp without time zone": ("dateTime", "type datetime", "yyyy-mm-dd hh:nn:ss"),
        "text": ("string", "type text", None),
    }[type_]
