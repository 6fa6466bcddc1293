"""Relations of the mart as a Hyper extract, the file that Tableau reads fastest.

tableauhyperapi is an extra (`tableau`): it exists for Linux on x86-64, macOS and Windows.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.errors import LoaderError
from loader.export.relations import Relation
from loader.export.write import copy_to_file

if TYPE_CHECKING:
    from tableauhyperapi import Connection, SqlType, TableDefinition

SCHEMA = "Extract"
DECIMAL = re.compile(r"numeric\((\d+),(\d+)\)")
# Version 4 of the file holds decimals of 38 digits; Tableau reads it since 2023.
PARAMETERS = {"default_database_version": "4"}


def write_extract(cursor: Cursor, relations: list[Relation], path: Path) -> dict[str, int]:
    """Write relations to a Hyper file, as the cursor's snapshot sees them; return their rows.

    The rows pass through a CSV file of one relation at a time, so memory stays small.

    Raises:
        LoaderError: the extra `tableau` is not installed, or Hyper refuses.
    """
    hyper = _hyper_api()
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(dir=path.parent) as folder,
        open_extract(path, is_new=True) as connection,
    ):
        connection.catalog.create_schema(SCHEMA)
        return {
            relation.name: _copy(cursor, relation, connection, Path(folder), hyper)
            for relation in relations
        }


@contextmanager
def open_extract(path: Path, *, is_new: bool = False) -> Iterator["Connection"]:
    """Yield a connection to a Hyper file, by a server of its own that tells nobody of it."""
    hyper = _hyper_api()
    mode = hyper.CreateMode.CREATE_AND_REPLACE if is_new else hyper.CreateMode.NONE
    try:
        with (
            TemporaryDirectory() as logs,
            hyper.HyperProcess(
                hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU,
                parameters={**PARAMETERS, "log_dir": logs},
            ) as server,
            hyper.Connection(server.endpoint, path, mode) as connection,
        ):
            yield connection
    except hyper.HyperException as error:
        raise LoaderError(f"{path}: {error.main_message}") from error


def _hyper_api() -> ModuleType:
    try:
        return import_module("tableauhyperapi")
    except ImportError:
        raise LoaderError(
            "the extra `tableau` is not installed; make tableau installs it (Linux on x86-64, "
            "macOS or Windows)"
        ) from None


def _copy(
    cursor: Cursor, relation: Relation, connection: "Connection", folder: Path, hyper: ModuleType
) -> int:
    table = _table(relation, hyper)
    connection.catalog.create_table(table)
    csv = folder / f"{relation.name}.csv"
    rows, _ = copy_to_file(cursor, relation, csv, {})
    copied = connection.execute_command(
        f"copy {table.table_name} from {hyper.escape_string_literal(str(csv))}"
        " with (format csv, header true, null '')"
    )
    csv.unlink()
    if copied != rows:
        raise LoaderError(f"{relation.name}: mart has {rows:,} rows, the extract took {copied:,}")
    return rows


def _table(relation: Relation, hyper: ModuleType) -> "TableDefinition":
    table: TableDefinition = hyper.TableDefinition(
        hyper.TableName(SCHEMA, relation.name),
        [
            hyper.TableDefinition.Column(name, _type(type_, hyper.SqlType))
            for name, type_ in relation.types.items()
        ],
    )
    return table


def _type(type_: str, types: type["SqlType"]) -> "SqlType":
    """Return Hyper's type for PostgreSQL's; what it has no like of is text."""
    decimal = DECIMAL.fullmatch(type_)
    if decimal:
        return types.numeric(int(decimal[1]), int(decimal[2]))
    same = {
        "smallint": types.small_int,
        "integer": types.int,
        "bigint": types.big_int,
        "double precision": types.double,
        "boolean": types.bool,
        "date": types.date,
        "timestamp without time zone": types.timestamp,
        "timestamp with time zone": types.timestamp_tz,
    }
    return same.get(type_, types.text)()
