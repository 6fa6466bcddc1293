"""Copy what Spark built to PostgreSQL, which records, publishes and serves it.

Rows cross as Parquet in the storage that Spark and the loader see, and all tables change in one
transaction. Of a table that a build makes anew every row is copied. Of one that dbt merges into,
what changed: the keys that its model names (meta published_changes), or the rows that differ from
the snapshot that was copied before. Of facts only the newest months, where a shop wants no more.
"""

import io
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.config.settings import Settings
from loader.database import server
from loader.database.credentials import TRANSFORMER
from loader.database.errors import database_errors
from loader.database.fetch import statements
from loader.spark.served import ServedTable
from loader.spark.session import session
from loader.spark.shared import LocalFolder, StoredFolder, shared_folder
from loader.spark.snapshots import TableState, read_states
from loader.spark.tags import next_publication, tag_of, tag_tables
from loader.spark.window import Window, read_window

if TYPE_CHECKING:
    from pyhive import hive

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True)
class Copying:
    """Hold what the copies of one run have in common."""

    cursor: Cursor
    spark: "hive.Cursor"
    folder: LocalFolder | StoredFolder
    publication: int
    is_full: bool
    window: Window


def serve(
    settings: Settings, tables: Sequence[ServedTable], run_id: str, day: date, *, is_full: bool
) -> int:
    """Tag what is published, make PostgreSQL's tables equal to Spark's, return how many rows cross.

    The copy is on record as a build that is not complete, until its results are: from before the
    tags, so that nothing else is published under them.

    Raises:
        LoaderError: an engine refuses; PostgreSQL's tables are then as they were.
    """
    folder = shared_folder(settings, "served")
    folder.remove()
    with (
        database_errors("what Spark built was not copied"),
        closing(server.connect(settings, TRANSFORMER)) as connection,
        session(settings) as spark,
        connection.cursor() as cursor,
    ):
        with connection:
            cursor.execute(SQL["begin"], (run_id,))
            publication = next_publication(cursor)
        tag_tables(spark, published(tables), publication)
        with connection:
            window = read_window(cursor, settings.spark_sales_months, day)
            rows = _copy_all(Copying(cursor, spark, folder, publication, is_full, window), tables)
            window.note_moves(cursor)
    folder.remove()  # there is none where nothing changed
    return rows


def published(tables: Iterable[ServedTable]) -> list[str]:
    """Return the names of the tables that are published."""
    return [table.full_name for table in tables if table.is_published]


def _copy_all(copying: Copying, tables: Sequence[ServedTable]) -> int:
    merged = [table.full_name for table in tables if _has_copied_snapshot(table)]
    states = read_states(copying.spark, merged)
    return sum(_copy(copying, table, states.get(table.full_name)) for table in tables)


def _has_copied_snapshot(table: ServedTable) -> bool:
    return not table.is_made_anew and table.changes is None


def _copy(copying: Copying, table: ServedTable, state: TableState | None) -> int:
    is_whole = _recreate(copying.cursor, table) or copying.is_full
    is_whole |= table.is_fact and copying.window.is_wider
    if state is not None:
        return _copy_merged(copying, table, state, is_whole=is_whole)
    if is_whole or table.changes is None:
        return _copy_whole(copying, table)
    return _copy_changed(copying, table)


def _copy_whole(copying: Copying, table: ServedTable) -> int:
    _write(copying, table, SQL["rows"].format(**_names(copying, table)))
    copying.cursor.execute(sql.SQL("truncate {}").format(table.identifier))
    return _load(copying, table, table.identifier, table.columns)


def _copy_changed(copying: Copying, table: ServedTable) -> int:
    """Copy the rows whose keys the model of changes lists.

    A condition that each of them meets lets Spark leave months out: dbt's macro each_changed_day.
    """
    names = _names(copying, table)
    if table.changes:
        names |= {"key": table.changes.key, "changes": table.changes.table}
    _write(copying, table, SQL["changed_rows"].format(**names))
    copying.cursor.execute(SQL["delete_changed"].format(**names))
    copying.cursor.execute(SQL["delete_older"].format(**names))
    return _load(copying, table, table.identifier, table.columns)


def _copy_merged(copying: Copying, table: ServedTable, state: TableState, *, is_whole: bool) -> int:
    """Copy the rows that are not as they were in the snapshot that was copied before."""
    copying.cursor.execute(SQL["copied_snapshot"], (table.full_name,))
    [copied] = copying.cursor.fetchone() or [None]
    if is_whole or copied not in state.snapshots:
        rows = _copy_whole(copying, table)
    elif copied == state.current:
        return 0
    else:
        rows = _copy_difference(copying, table, copied)
    copying.cursor.execute(SQL["record_snapshot"], (table.full_name, state.current))
    return rows


def _copy_difference(copying: Copying, table: ServedTable, copied: int) -> int:
    names = _names(copying, table)
    names |= {"snapshot": str(copied), "columns": ", ".join(table.columns)}
    _write(copying, table, SQL["difference"].format(**names))
    copying.cursor.execute(SQL["begin_difference"].format(**names))
    rows = _load(copying, table, sql.Identifier("difference"), [*table.columns, "is_gone"])
    names["keys"] = ", ".join(table.primary_key)
    copying.cursor.execute(SQL["apply_difference"].format(**names))
    return rows


def _names(copying: Copying, table: ServedTable) -> dict[str, str]:
    """Return what statements are filled with; of what is published, the tagged state is read."""
    version = f"version as of '{tag_of(copying.publication)}'" if table.is_published else ""
    values = ", ".join(_value(name, type_) for name, type_ in table.columns.items())
    wanted = copying.window.condition if table.is_fact else "true"
    return {"table": table.full_name, "version": version, "values": values, "wanted": wanted}


def _value(name: str, type_: str) -> str:
    """Return a column for Parquet; a list is text as PostgreSQL reads it."""
    is_list = type_.endswith("[]")
    return f"concat('{{', array_join({name}, ','), '}}') as {name}" if is_list else name


def _write(copying: Copying, table: ServedTable, query: str) -> None:
    folder = f"{copying.folder.address}/{table.full_name}"
    copying.spark.execute(SQL["write_parquet"].format(folder=folder, query=query))


def _load(
    copying: Copying, table: ServedTable, target: sql.Identifier, columns: Iterable[str]
) -> int:
    """Copy the rows that Spark has written for a table into one of PostgreSQL's."""
    copied = sql.SQL("copy {} ({}) from stdin with (format csv)").format(
        target, sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    rows = 0
    with copying.folder.reading(table.full_name) as written:
        for batch in pa.dataset.dataset(written, format="parquet").to_batches():
            copying.cursor.copy_expert(copied, _csv(batch))
            rows += batch.num_rows
    return rows


def _csv(batch: pa.RecordBatch) -> io.BytesIO:
    """Return rows as PostgreSQL reads CSV: text is quoted, so that no empty text is null."""
    content = io.BytesIO()
    pa.csv.write_csv(batch, content, pa.csv.WriteOptions(include_header=False))
    content.seek(0)
    return content


def _recreate(cursor: Cursor, table: ServedTable) -> bool:
    """Create a table that is missing or has other columns; return whether it was."""
    cursor.execute(SQL["columns"], (table.full_name,))
    if list(table.columns.items()) == cursor.fetchall():
        return False
    for statement in table.definition():
        cursor.execute(statement)
    return True
