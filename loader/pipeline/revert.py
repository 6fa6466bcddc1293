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
from loader.history.lock import alone
from loader.ingest.archive import (
    ArchivedBatch,
    archive_dir,
    archived,
    described,
    put_back,
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
# How to go on, by whether the batch is to be replaced.
AGAIN = {
    False: "the tables lack batches until this has ended: make revert-batch again",
    True: "the tables lack batches until this has ended: make replace-batch again, with these "
    "files or with others, or put back what was there, make revert-batch",
}


Batches = list[ArchivedBatch]


@dataclass(frozen=True)
class Reverted:
    """Name the batches taken back as the archive did, and the date of the newest that is left.

    `is_put_back` says that they are there again: a replacement that was not complete was given up.
    """

    batches: tuple[str, ...]
    newest: date
    is_put_back: bool = False


@dataclass(frozen=True)
class _Plan:
    """Say which batches go, by name, whether others replace them, and whether they come back."""

    names: tuple[str, ...]
    is_replacement: bool
    is_put_back: bool = False


def revert_batch(settings: Settings, confirm: Callable[[Batches], None]) -> Reverted:
    """Take back the newest batch, or go on where that was stopped.

    Where a replacement was stopped or has failed, put back what was to be replaced. `confirm` is
    called before anything changes, and raises to leave it so.

    Raises:
        LoaderError: the archive cannot rebuild what is there without the batch, or a run failed.
    """
    return _rebuild(settings, "revert-batch", _newest, confirm, None)


def replace_batch(
    settings: Settings, directory: Path, day: date, confirm: Callable[[Batches], None]
) -> Reverted:
    """Replace what was loaded for a date by the four files of a folder.

    Where that was stopped or has failed, begin anew, with the files that are given now.

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
    plan = alone(
        settings, command, lambda _: _take_out(settings, choose, confirm, delivery), role=None
    )
    forget_exports(settings)
    try:
        batches = replay(settings, delivery)
    except LoaderError as error:
        raise LoaderError(f"{error}\n{AGAIN[plan.is_replacement]}") from None
    retry_transient(partial(_record_end, settings, plan))
    remove_set_aside(settings)
    return Reverted(plan.names, batches[-1].day, plan.is_put_back)


def _take_out(
    settings: Settings,
    choose: Callable[[Batches], Batches],
    confirm: Callable[[Batches], None],
    delivery: ArchivedBatch | None,
) -> _Plan:
    """Take the chosen batches out of the archive, and empty the tables."""
    with (
        database_errors("the batch was not taken back"),
        closing(server.connect(settings, None)) as connection,
    ):
        ensure_schema(connection)
        plan = _unfinished(connection, delivery) or _begin(
            settings, connection, choose, confirm, is_replacement=delivery is not None
        )
        days = {name.partition(".")[0] for name in plan.names}
        for batch in archived(settings):
            is_named = batch.folder.name in plan.names
            if plan.is_replacement and is_named and not plan.is_put_back:
                batch.set_aside()
            elif is_named != plan.is_replacement and str(batch.day) in days:
                batch.remove()  # the one to take back, or what an attempt before had loaded
        if plan.is_put_back:
            put_back(settings, plan.names)
        _empty(settings, connection, plan)
    return plan


def _unfinished(connection: Connection, delivery: ArchivedBatch | None) -> _Plan | None:
    """Return what was stopped or has failed, None where nothing was.

    Raises:
        LoaderError: another batch than that of the delivery was.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute(SQL["unfinished"])
        found = cursor.fetchall()
    if not found:
        return None
    names = tuple(name for name, _, _ in found)
    is_replacement = any(is_replaced for _, _, is_replaced in found)
    days = {day for _, day, _ in found}
    if delivery and (not is_replacement or days != {delivery.day}):
        raise LoaderError(
            f"batch {', '.join(names)} was not taken back to the end, and no other can be replaced "
            "before: make revert-batch"
        )
    return _Plan(names, is_replacement, is_put_back=is_replacement and delivery is None)


def _record_end(settings: Settings, plan: _Plan) -> None:
    with (
        database_errors("the batch is taken back and not on record; run it again"),
        server.transaction(settings, None) as cursor,
    ):
        cursor.execute(SQL["forget" if plan.is_put_back else "complete"], (list(plan.names),))


def _begin(
    settings: Settings,
    connection: Connection,
    choose: Callable[[Batches], Batches],
    confirm: Callable[[Batches], None],
    *,
    is_replacement: bool,
) -> _Plan:
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
            SQL["begin"],
            [(batch.folder.name, batch.day, is_replacement) for batch in chosen],
        )
    return _Plan(tuple(batch.folder.name for batch in chosen), is_replacement)


def _empty(settings: Settings, connection: Connection, plan: _Plan) -> None:
    """Empty the tables, unless a revert that was stopped has done so and replayed batches since."""
    names = list(plan.names)
    with connection, connection.cursor() as cursor:
        cursor.execute(SQL["is_emptied"], (names,))
        if fetch_value(cursor, bool) and not plan.is_replacement:
            return
    # Whoever owns a table may have put a trigger on it, so only the owner empties dbt's.
    with server.transaction(settings, TRANSFORMER) as cursor:
        transformer = cursor.connection.info.user
        _truncate(cursor, transformer, is_owner=True)
    with connection, connection.cursor() as cursor:
        _truncate(cursor, transformer, is_owner=False)
        cursor.execute(SQL["emptied"], (names,))


def _truncate(cursor: Cursor, transformer: str, *, is_owner: bool) -> None:
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
