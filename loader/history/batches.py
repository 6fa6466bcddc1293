"""The record of loaded batches: which one staging holds, and what became of its rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.database.fetch import fetch_row, fetch_value, relation_exists, statements
from loader.errors import LoaderError

SQL = statements(Path(__file__).with_suffix(".sql"))
NEWEST_NODE = "model.shop.stock_levels"
# What processes a batch, beside the models of its tables.
PROCESSING_NODES = (
    "model.shop.batch_counts",
    "model.shop.row_warnings",
    "model.shop.quality_counts",
    NEWEST_NODE,
    "snapshot.shop.customers_snapshot",
    "snapshot.shop.products_snapshot",
)


def processing_nodes(tables: Iterable[str]) -> list[str]:
    """Return the nodes of dbt that process a batch with these tables."""
    models = [name for table in tables for name in (table, f"rejected_{table}")]
    return [*(f"model.shop.{name}" for name in models), *PROCESSING_NODES]


@dataclass(frozen=True)
class LoadedBatch:
    """Name a batch: the number of its load and its logical date."""

    load_id: int
    batch_date: date


def batch_in_staging(connection: Connection) -> LoadedBatch | None:
    """Return the batch that staging holds, or None before the first load."""
    with connection.cursor() as cursor:
        cursor.execute("select load_id, batch_date from ops.loads order by load_id desc limit 1")
        row = cursor.fetchone()
    return LoadedBatch(*row) if row else None


def refuse_wrong_batch(connection: Connection, day: date) -> None:
    """Stop when a batch is older than the newest one, or when the one in staging would be lost.

    Raises:
        LoaderError: names both dates and what to do.
    """
    staged = batch_in_staging(connection)
    if staged is None:
        return
    if day < staged.batch_date:
        raise LoaderError(
            f"the batch of {day} is older than the newest one, of {staged.batch_date}; deliver "
            "late rows with the current batch, or replace that date's, make replace-batch"
        )
    if day > staged.batch_date and not is_batch_processed(connection, staged):
        raise LoaderError(
            f"the batch of {staged.batch_date} was loaded and not built to the end, and would be "
            f"lost: run it first, make daily DATE={staged.batch_date} with the LANDING it came from"
        )


def unfinished_reverts(cursor: Cursor) -> list[str]:
    """Return the archived batches that are being taken back or replaced, by name."""
    if not relation_exists(cursor, "ops.reverted_batches"):  # in a database without tables
        return []
    cursor.execute(
        "select archived_batch from ops.reverted_batches where completed_at is null order by 1"
    )
    return [batch for (batch,) in cursor.fetchall()]


def refuse_during_revert(connection: Connection) -> None:
    """Stop when a batch was not taken back to the end: the tables then lack batches.

    Raises:
        LoaderError: says which, and how to go on.
    """
    with connection.cursor() as cursor:
        batches = unfinished_reverts(cursor)
    if batches:
        raise LoaderError(
            f"batch {', '.join(batches)} was not taken back to the end, and the tables lack "
            "batches until then: go on with make revert-batch, which puts back what was to be "
            "replaced"
        )


def is_batch_processed(connection: Connection, batch: LoadedBatch) -> bool:
    """Return whether dbt has built everything that reads staging since the batch was loaded."""
    with connection.cursor() as cursor:
        cursor.execute("select table_name from ops.loads where load_id = %s", (batch.load_id,))
        nodes = processing_nodes(table for (table,) in cursor.fetchall())
        cursor.execute(SQL["was_run"], (NEWEST_NODE,))
        if not fetch_value(cursor, bool):
            nodes.remove(NEWEST_NODE)  # the batch was built by a release without it
        cursor.execute(SQL["built_nodes"], (nodes, batch.load_id))
        return fetch_value(cursor, int) == len(nodes)


def newest_batch_before(connection: Connection, day: date) -> date | None:
    """Return the date of the newest batch older than a day, or None."""
    with connection.cursor() as cursor:
        cursor.execute("select max(batch_date) from ops.loads where batch_date < %s", (day,))
        row = cursor.fetchone()
    return row[0] if row else None


@dataclass(frozen=True)
class RowCounts:
    """Count what a step took in: rows_in = accepted + rejected."""

    rows_in: int
    accepted: int
    rejected: int = 0


def batch_row_counts(connection: Connection, day: date) -> RowCounts | None:
    """Return what became of a batch's rows, all tables together; None where it was not built."""
    with connection.cursor() as cursor:
        if not relation_exists(cursor, "ops.batch_counts"):
            return None
        cursor.execute(SQL["row_counts"], (day,))
        row = fetch_row(cursor)
    return None if row[0] is None else RowCounts(*row)
