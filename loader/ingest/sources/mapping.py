"""The mappings: which files a source delivers, and the SQL that makes ours of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from loader.errors import LoaderError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FOLDER = Path(__file__).parent
SHARED = ("_macros", "_four_files")
INPUTS = """
select
    tables.table_name, coalesce(tables.comment, ''),
    columns.column_name, columns.data_type, columns.is_nullable
from duckdb_tables() as tables
inner join duckdb_columns() as columns using (table_oid)
where tables.schema_name = 'delivered' and not starts_with(columns.column_name, '_')
order by tables.table_oid, columns.column_index
"""


@dataclass(frozen=True)
class Column:
    """A column of a delivered file; its kind is text, number or moment, its name one or more."""

    name: str
    kind: str
    is_required: bool

    def place(self, header: list[str], chosen: str | None) -> int | None:
        """Return where a header has the column, by the name a user chose or one of its own."""
        written = [plain(name) for name in header]
        names = [chosen] if chosen else self.name.split("|")
        found = [written.index(plain(name)) for name in names if plain(name) in written]
        return found[0] if found else None


@dataclass(frozen=True)
class Input:
    """A file that a source delivers: its table in the schema `delivered`, and its columns."""

    table: str
    comment: str
    columns: tuple[Column, ...]

    @property
    def is_optional(self) -> bool:
        """Return whether a conversion can do without the file."""
        return "optional" in self._marks

    @property
    def is_exact(self) -> bool:
        """Return whether the file has no other columns, unless the user lets them be ignored."""
        return "exact" in self._marks

    @property
    def _marks(self) -> list[str]:
        return self.comment.partition(":")[0].split(", ")

    def places(self, header: list[str], names: Mapping[str, str]) -> dict[str, int]:
        """Return where a header has the columns; `names` says how a user's export writes some."""
        found = {
            column.name: column.place(header, names.get(f"{self.table}.{column.name}"))
            for column in self.columns
        }
        return {name: place for name, place in found.items() if place is not None}

    def missing(self, header: list[str], names: Mapping[str, str]) -> list[str]:
        """Return the required columns that a header lacks."""
        found = self.places(header, names)
        return [
            column.name
            for column in self.columns
            if column.is_required and column.name not in found
        ]


def plain(name: str) -> str:
    """Return a column's name without what exports write in different ways: case, spaces, signs."""
    return re.sub(r"[\W_]+", "", name.casefold())


def sources() -> list[str]:
    """Return the names of all sources."""
    return sorted(path.stem for path in FOLDER.glob("*.sql") if path.stem not in SHARED)


def connect() -> "DuckDBPyConnection":
    """Return a new database in memory that asks no network.

    Raises:
        LoaderError: DuckDB is not installed.
    """
    try:
        import duckdb  # noqa: PLC0415 -- an extra, needed here alone
    except ModuleNotFoundError:
        raise LoaderError(
            "convert needs DuckDB, which is not installed: make install-convert"
        ) from None
    # With one thread rows keep their order: the same export gives the same files.
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "threads": "1",
    }
    return duckdb.connect(":memory:", config=settings)


def open_mapping(source: str) -> tuple["DuckDBPyConnection", tuple[Input, ...]]:
    """Return a database with a source's empty tables and its views, and the files it delivers."""
    connection = connect()
    connection.execute(_text("_macros"))
    connection.execute(_text(source))
    inputs: dict[str, Input] = {}
    for table, comment, name, data_type, is_nullable in connection.execute(INPUTS).fetchall():
        column = Column(name, _kind(data_type), not is_nullable)
        known = inputs[table].columns if table in inputs else ()
        inputs[table] = Input(table, comment, (*known, column))
    return connection, tuple(inputs.values())


def make_four_files(connection: "DuckDBPyConnection") -> None:
    """Make our tables of the orders of a mapping, unless it makes them itself."""
    found = connection.execute("select 1 from duckdb_views() where view_name = 'order_heads'")
    if found.fetchone():
        connection.execute(_text("_four_files"))


def _text(name: str) -> str:
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def _kind(data_type: str) -> str:
    if data_type.startswith("DECIMAL"):
        return "number"
    return "moment" if data_type.startswith("TIMESTAMP") else "text"


def nearest(headers: list[list[str]]) -> tuple[str, Input, list[str]]:
    """Return the source and file that most columns of these files fit, and which it lacks."""
    fits = [
        (len(missing) / len(required), source, entry, missing)
        for source in sources()
        for entry in open_mapping(source)[1]
        for header in headers or [[]]
        for required in [[column for column in entry.columns if column.is_required]]
        for missing in [entry.missing(header, {})]
    ]
    _, source, entry, missing = min(fits, key=lambda fit: fit[0])
    return source, entry, missing
