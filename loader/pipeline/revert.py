"""Take back the newest batch: everything becomes what it was before the batch was loaded.

Everything is a function of the archived batches, so the tables are emptied and the archive is
replayed without the newest. The mart is not emptied: readers see what the replay publishes. What
happened stays on record: runs, publications, and the batch itself in ops.reverted_batches, which
holds up every other run until the replay has come to its end.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.config.settings import Settings
from loader.database import server
from loader.database.credentials import TRANSFORMER
from loader.database.errors import database_errors
from loader.database.fetch import fetch_value, statements
from loader.database.retry import retry_transient
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.export.write import forget_exports
from loader.history.batches import unfinished_revert
from loader.history.lock import alone
from loader.ingest.archive import ArchivedBatch, archive_dir, archived
from loader.pipeline.replay import replay

SQL = statements(Path(__file__).with_suffix(".sql"))

# Of schema ops, what tells of batches and not of runs.
OF_BATCHES = (
    *("loads", "batch_anomalies", "batch_counts"),
    *("quality_counts", "quality_scores", "row_warnings"),
)


@dataclass(frozen=True)
class Reverted:
    """Say which batch was taken back, by its name in the archive, and which is the newest now."""

    batch: str
    newest: date


def revert_batch(settings: Settings, confirm: Callable[[ArchivedBatch], None]) -> Reverted:
    """Take back the newest batch, or go on where that was stopped.

    `confirm` is called before anything changes, and raises to leave it so.

    Raises:
        LoaderError: the archive cannot rebuild what is there without the batch, or a run failed.
    """
    name = alone(settings, "revert-batch", lambda _: _take_out(settings, confirm), role=None)
    forget_exports(settings)
    batches = replay(settings)
    retry_transient(partial(_record_end, settings, name))
    return Reverted(name, batches[-1].day)


def _take_out(settings: Settings, confirm: Callable[[ArchivedBatch], None]) -> str:
    """Take the newest batch out of the archive, empty the tables, and return the batch's name."""
    with (
        database_errors("the batch was not taken back"),
        closing(server.connect(settings, None)) as connection,
    ):
        ensure_schema(connection)
        with connection, connection.cursor() as cursor:
            name = unfinished_revert(cursor)
        if name is None:
            name = _begin(settings, connection, confirm)
        for batch in archived(settings):
            if batch.folder.name == name:
                batch.remove()
        _empty_once(settings, connection, name)
    return name


def _record_end(settings: Settings, name: str) -> None:
    with (
        database_errors("the batch is taken back and not on record; run it again"),
        closing(server.connect(settings, None)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "update ops.reverted_batches set completed_at = now() where archived_batch = %s",
            (name,),
        )


def _begin(
    settings: Settings, connection: Connection, confirm: Callable[[ArchivedBatch], None]
) -> str:
    """Check that the archive has all that is needed, and put the revert on record."""
    batches = archived(settings)
    with connection, connection.cursor() as cursor:
        cursor.execute("select distinct batch_date from ops.loads")
        loaded = {day for (day,) in cursor.fetchall()}
    if missing := loaded ^ {batch.day for batch in batches}:
        raise LoaderError(
            f"the database and {archive_dir(settings)} differ in the batches of "
            f"{', '.join(map(str, sorted(missing)))}: a replay would not give what was there; "
            "restore a backup from before the batch"
        )
    if not batches:
        raise LoaderError("nothing was loaded yet: there is no batch to take back")
    if len(batches) < 2:
        raise LoaderError(
            "there is no batch before the newest one: begin anew, make clean, to be without it"
        )
    newest = batches[-1]
    for batch in batches[:-1]:
        batch.check()
    confirm(newest)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into ops.reverted_batches (archived_batch, batch_date) values (%s, %s)"
            " on conflict (archived_batch) do update set"
            " started_at = clock_timestamp(), emptied_at = null, completed_at = null",
            (newest.folder.name, newest.day),
        )
    return newest.folder.name


def _empty_once(settings: Settings, connection: Connection, name: str) -> None:
    """Empty the tables, unless a revert that was stopped has done so."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "select emptied_at is not null from ops.reverted_batches where archived_batch = %s",
            (name,),
        )
        if fetch_value(cursor, bool):
            return
    # Whoever owns a table may have put a trigger on it, so only the owner empties dbt's.
    with closing(server.connect(settings, TRANSFORMER)) as dbt, dbt, dbt.cursor() as cursor:
        transformer = dbt.info.user
        _empty(cursor, transformer, is_owner=True)
    with connection, connection.cursor() as cursor:
        _empty(cursor, transformer, is_owner=False)
        cursor.execute(
            "update ops.reverted_batches set emptied_at = now() where archived_batch = %s", (name,)
        )


def _empty(cursor: Cursor, transformer: str, *, is_owner: bool) -> None:
    """Empty the tables that the role of dbt owns, or else the others."""
    cursor.execute("set local lock_timeout = '60s'")
    cursor.execute(SQL["tables_to_empty"], (transformer, list(OF_BATCHES)))
    names = [
        sql.Identifier(schema, table)
        for schema, table, is_own in cursor.fetchall()
        if is_own == is_owner
    ]
    if names:
        cursor.execute(sql.SQL("truncate {}").format(sql.SQL(", ").join(names)))
