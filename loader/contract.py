"""The files that a shop delivers, and their columns, as dbt_project.yml declares them."""

from pathlib import Path
from typing import NotRequired, TypedDict

import yaml

PROJECT = Path(__file__).parents[1] / "dbt_project" / "dbt_project.yml"


class DeliveredTable(TypedDict):
    """Name what is declared of a file; one that is optional may be missing in a batch."""

    key: str
    is_optional: NotRequired[bool]
    columns: dict[str, dict[str, str | int | bool]]


class Variables(TypedDict):
    """Name the variables of dbt that Python reads, too."""

    delivered_tables: dict[str, DeliveredTable]
    discount_band_bounds: list[int]
    refund_tolerance: float
    reorder_days: int


VARIABLES: Variables = yaml.load(PROJECT.read_text(encoding="utf-8"), yaml.CSafeLoader)["vars"]

_COLUMNS = {
    (table, column): declared
    for table, file in VARIABLES["delivered_tables"].items()
    for column, declared in file["columns"].items()
}
TABLES = {
    table: tuple(column for other, column in _COLUMNS if other == table) for table, _ in _COLUMNS
}
OPTIONAL = {
    table for table, file in VARIABLES["delivered_tables"].items() if file.get("is_optional")
}
REQUIRED_TABLES = {table: columns for table, columns in TABLES.items() if table not in OPTIONAL}
# By table.column: those that no row can do without, and how many characters the others may have.
REQUIRED = {
    f"{table}.{column}" for (table, column), each in _COLUMNS.items() if "is_required" in each
}
LENGTHS = {
    f"{table}.{column}": int(each["length"])
    for (table, column), each in _COLUMNS.items()
    if "length" in each
}
# By table and column: what a row of a customer who was erased says; {id} is theirs in lower case.
ERASED = {
    table: {
        column: str(each["erased"])
        for (other, column), each in _COLUMNS.items()
        if other == table and "erased" in each
    }
    for table, columns in TABLES.items()
    if "customer_id" in columns
}


def file_name(table: str, *, is_packed: bool = False) -> str:
    """Return the name of the file that delivers a table, plain or packed by gzip."""
    return f"{table}.csv.gz" if is_packed else f"{table}.csv"
