"""Take back the newest batch, or replace an old one: as if it had never been loaded.

Everything is a function of the archived batches, so the tables are emptied and the archive is
replayed without the batch, or with what is delivered in its place. The mart is not emptied: readers
see what the replay publishes. What happened stays on record: runs, publications, and the batch
itself in ops.reverted_batches, which holds up every other run until the replay has come to its end.
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
from loader.history.batches import unfinished_reverts
from loader.history.lock import alone
from loader.ingest.archive import (
    ArchivedBatch,
    archive_dir,
    archived,
    described,
    remove_set_aside,
)
from loader.ingest.load import check
from loader.pipeline.replay import replay

SQL = statements(Path(__file__).with_suffix(".sql"))

# Of schema ops, what tells of batches and not of runs.
OF_BATCHES = (
    *("loads", "batch_anomalies", "batch_counts"),
    *("quality_counts", "quality_scores", "row_warnings"),
)


Batches = list[ArchivedBatch]


@dataclass(frozen=True)
class Reverted:
    """Name the batches taken back as the archive did, and the date of the newest that is left."""

    batches: tuple[str, ...]
    newest: date


def revert_batch(settings: Settings, confirm: Callable[[Batches], None]) -> Reverted:
    """Take back the newest batch, or go on where taking back or replacing one was stopped.

    `confirm` is called before anything changes, and raises to leave it so.

    Raises:
        LoaderError: the archive cannot rebuild what is there without the batch, or a run failed.
    """
    return _rebuild(settings, "revert-batch", _newest, confirm, None)


def replace_batch(
    settings: Settings, directory: Path, day: date, confirm: Callable[[Batches], None]
) -> Reverted:
    """Replace what was loaded for a date by the four files of a folder, or go on where stopped.

    Raises:
        LoaderError: a file is refused, nothing was loaded for the date, or as of `revert_batch`.
    """
    files = {scan.table: described(scan) for scan in check(directory, day).files}
    delivery = ArchivedBatch(directory.resolve(), day, 0, files)
    return _rebuild(settings, "replace-batch", partial(_of_day, day), confirm, delivery)


def _newest(batches: Batches) -> Batches:
    if len(batches) < 2:
        raise LoaderError(
            "there is no batch before the newest one: begin anew, make clean, to be without it"
        )
    return batches[-1:]


def _of_day(day: date, batches: Batches) -> Batches:
    found = [batch for batch in batches if batch.day == day]
    if not found:
        raise LoaderError(f"no batch of {day} was loaded, so there is none to replace")
    return found


def _rebuild(
    settings: Settings,
    command: str,
    choose: Callable[[Batches], Batches],
    confirm: Callable[[Batches], None],
    delivery: ArchivedBatch | None,
) -> Reverted:
    """Rebuild everything without the chosen batches, or with a delivery in their place."""
    names = alone(
        settings, command, lambda _: _take_out(settings, choose, confirm, delivery), role=None
    )
    forget_exports(settings)
    is_loaded = delivery and any(batch.day == delivery.day for batch in archived(settings))
    batches = replay(settings, None if is_loaded else delivery)
    retry_transient(partial(_record_end, settings, names))
    remove_set_aside(settings)
    return Reverted(tuple(names), batches[-1].day)


def _take_out(
    settings: Settings,
    choose: Callable[[Batches], Batches],
    confirm: Callable[[Batches], None],
    delivery: ArchivedBatch | None,
) -> list[str]:
    """Set the chosen batches aside, empty the tables, and return the batches' names."""
    with (
        database_errors("the batch was not taken back"),
        closing(server.connect(settings, None)) as connection,
    ):
        ensure_schema(connection)
        with connection, connection.cursor() as cursor:
            names = unfinished_reverts(cursor)
        if names:
            _assert_same_day(names, delivery)
        else:
            names = _begin(settings, connection, choose, confirm)
        left = []
        for batch in archived(settings):
            if batch.folder.name in names:
                batch.set_aside()
            else:
                left.append(batch)
        # Loaded before it was stopped, the delivery is in the archive, perhaps without an erased
        # person: what is there is no beginning of the archive any more.
        is_loaded = delivery is not None and any(batch.day == delivery.day for batch in left)
        _empty_once(settings, connection, names, is_again=is_loaded)
    return names


def _assert_same_day(names: list[str], delivery: ArchivedBatch | None) -> None:
    days = {name.partition(".")[0] for name in names}
    if delivery and days != {str(delivery.day)}:
        raise LoaderError(
            f"the batch of {', '.join(days)} was not taken back to the end: go on with make "
            "revert-batch, or replace that one"
        )


def _record_end(settings: Settings, names: list[str]) -> None:
    with (
        database_errors("the batch is taken back and not on record; run it again"),
        closing(server.connect(settings, None)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "update ops.reverted_batches set completed_at = now() where archived_batch = any(%s)",
            (names,),
        )


def _begin(
    settings: Settings,
    connection: Connection,
    choose: Callable[[Batches], Batches],
    confirm: Callable[[Batches], None],
) -> list[str]:
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
    chosen = choose(batches)
    for batch in batches:
        if batch not in chosen:
            batch.check()
    confirm(chosen)
    with connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into ops.reverted_batches (archived_batch, batch_date) values (%s, %s)"
            " on conflict (archived_batch) do update set"
            " started_at = clock_timestamp(), emptied_at = null, completed_at = null",
            [(batch.folder.name, batch.day) for batch in chosen],
        )
    return [batch.folder.name for batch in chosen]


def _empty_once(
    settings: Settings, connection: Connection, names: list[str], *, is_again: bool
) -> None:
    """Empty the tables, unless a revert that was stopped has done so and they are to be used."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "select bool_and(emptied_at is not null) from ops.reverted_batches"
            " where archived_batch = any(%s)",
            (names,),
        )
        if fetch_value(cursor, bool) and not is_again:
            return
    # Whoever owns a table may have put a trigger on it, so only the owner empties dbt's.
    with closing(server.connect(settings, TRANSFORMER)) as dbt, dbt, dbt.cursor() as cursor:
        transformer = dbt.info.user
        _empty(cursor, transformer, is_owner=True)
    with connection, connection.cursor() as cursor:
        _empty(cursor, transformer, is_owner=False)
        cursor.execute(
            "update ops.reverted_batches set emptied_at = now() where archived_batch = any(%s)",
            (names,),
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
