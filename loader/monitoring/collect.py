"""Collect the status, without starting a server or changing anything."""

import json
import shutil
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.backup.create import backups, unreadable
from loader.backup.drill import was_drilled
from loader.config.settings import Settings
from loader.contract import TABLES
from loader.database import server
from loader.database.errors import database_errors
from loader.database.fetch import fetch_records, fetch_row, relation_exists, statements
from loader.database.migrate import are_applied, migrations
from loader.database.preflight import unfinished_restore
from loader.database.retry import retry_transient
from loader.errors import LoaderError
from loader.export.write import MANIFEST
from loader.history.batches import unfinished_reverts
from loader.history.lock import lock_holders
from loader.monitoring.scores import anomalies, batch_scores
from loader.monitoring.status import (
    Disk,
    FailedStep,
    Layer,
    OpenReason,
    RunState,
    SavedState,
    Status,
    StepTime,
    TableSize,
)
from loader.monitoring.unattended import failed_commands

BATCHES_SHOWN = 30

SQL = statements(Path(__file__).with_suffix(".sql"))


def collect(settings: Settings) -> Status:
    """Look at everything once, without starting a server or changing anything."""
    status = server.status(settings)
    known = Status(
        settings.now(),
        status,
        _disk(settings.root),
        _backup(settings.backups_dir),
        failed_commands(settings),
        tuple(unreadable(settings.backups_dir)),
    )
    if not status.is_running:
        why = "it does not run; make up starts it" if status.is_embedded else "it does not answer"
        return replace(known, unreachable=why)
    try:
        return retry_transient(partial(_recorded, settings, known))
    except LoaderError as error:
        return replace(known, unreachable=str(error))


def _recorded(settings: Settings, known: Status) -> Status:
    """Return the status with what the database has on record, as of one moment."""
    with database_errors("the record cannot be read"), server.snapshot(settings) as cursor:
        restoring = unfinished_restore(cursor)
        if restoring or not relation_exists(cursor, "ops.migrations"):
            return replace(known, restoring=restoring)
        if not are_applied(cursor, migrations()):
            raise LoaderError("its tables are of an older release; the next run changes them")
        return _state(cursor, settings, known)


def _state(cursor: Cursor, settings: Settings, known: Status) -> Status:
    cursor.execute(SQL["database"])
    database_bytes, last_load_at = fetch_row(cursor)
    batches = batch_scores(cursor, BATCHES_SHOWN)
    return replace(
        known,
        unfinished_reverts=tuple(unfinished_reverts(cursor)),
        runs=_runs(cursor),
        last_load_at=last_load_at,
        failed_steps=fetch_records(cursor, SQL["failed_steps"], FailedStep),
        layers=(*fetch_records(cursor, SQL["layers"], Layer), _exports(settings)),
        open_rows=_open_rows(cursor),
        open_by_batch=_open_by_batch(cursor) if batches else (),
        batches=batches,
        anomalies=anomalies(cursor, batches[0].batch_date) if batches else (),
        step_times=fetch_records(cursor, SQL["step_times"], StepTime),
        sizes=fetch_records(cursor, _of_sizes("sizes"), TableSize),
        database_bytes=database_bytes,
    )


def _backup(folder: Path) -> SavedState | None:
    newest = next(iter(backups(folder)), None)
    if newest is None:
        return None
    created_at = datetime.fromisoformat(newest.created_at)
    return SavedState(newest.name, created_at, was_drilled(folder / newest.name))


def _disk(folder: Path) -> Disk:
    try:
        usage = shutil.disk_usage(folder)
    except OSError as error:
        raise LoaderError(f"SHOP_ROOT: {folder} cannot be used ({error.strerror})") from None
    return Disk(usage.total, usage.free)


def _runs(cursor: Cursor) -> tuple[RunState, ...]:
    """Return the newest runs; one that seems to run and holds no lock was killed."""
    holders = {holder.name.rpartition(" ")[2] for holder in lock_holders(cursor)}
    return tuple(
        replace(run, status="killed", error="killed: the run ended without a word")
        if run.status == "running" and run.run_id not in holders
        else run
        for run in fetch_records(cursor, SQL["runs"], RunState)
    )


def _exports(settings: Settings) -> Layer:
    path = settings.exports_dir / MANIFEST
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        day = date.fromisoformat(json.loads(path.read_text())["logical_date"])
    except (OSError, ValueError, KeyError):
        return Layer("exports", None, None)
    return Layer("exports", day, written)


def _of_each_table(cursor: Cursor, name: str) -> str:
    """Return a statement over all tables of the quarantine that there are, empty without any."""
    tables = (table for table in TABLES if relation_exists(cursor, f"quarantine.rejected_{table}"))
    return " union all ".join(SQL[name].format(table=table) for table in tables)


def _open_rows(cursor: Cursor) -> tuple[OpenReason, ...]:
    parts = _of_each_table(cursor, "open_rows_of_table")
    return fetch_records(cursor, f"{parts} order by 3 desc, 1, 2", OpenReason) if parts else ()


def _open_by_batch(cursor: Cursor) -> tuple[int, ...]:
    """Return how many rows were open after each of the newest batches."""
    parts = _of_each_table(cursor, "open_rows_by_batch_of_table")
    return fetch_records(cursor, SQL["open_rows_by_batch"].format(parts=parts), int)


def measure_tables(cursor: Cursor, run_id: str) -> None:
    """Put the sizes of all tables on record at the end of a run."""
    cursor.execute(_of_sizes("record_sizes"), (run_id,))


def _of_sizes(name: str) -> str:
    return SQL[name].format(present_sizes=SQL["present_sizes"])
