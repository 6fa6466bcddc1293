"""Collect the status, without starting a server or changing anything."""

import json
import shutil
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.backup.create import backups, unreadable
from loader.backup.drill import was_drilled
from loader.config.settings import Settings
from loader.contract import TABLES
from loader.database import server
from loader.database.errors import database_errors
from loader.database.fetch import fetch_row, fetch_value, relation_exists
from loader.database.preflight import unfinished_restore
from loader.database.retry import retry_transient
from loader.errors import LoaderError
from loader.export.write import MANIFEST
from loader.history.batches import unfinished_revert
from loader.history.lock import HOLDER_IN_DATABASE
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

RUNS_SHOWN = 7
BATCHES_SHOWN = 30

# A step that failed counts as failed until it has succeeded.
FAILED_STEPS = """
select distinct on (steps.step)
    steps.step, steps.error, steps.run_id, runs.logical_date, steps.started_at
from ops.steps as steps
inner join ops.runs as runs on runs.run_id = steps.run_id
where
    steps.status = 'failed'
    and runs.status = 'failed'
    and not exists (
        select from ops.steps as later
        where
            later.step = steps.step
            and later.status = 'succeeded'
            and later.started_at > steps.started_at
    )
order by steps.step, steps.started_at desc
"""
OPEN_ROWS = """
select '{table}' as table_name, reason, count(*), min(batch_date)
from quarantine.rejected_{table}
cross join lateral unnest(reasons) as reason
where verdict = 'open'
group by reason
"""
OPEN_BY_BATCH = """
select batches.batch_date, (
    select count(*) from quarantine.rejected_{table} as rejected
    where
        rejected.batch_date <= batches.batch_date
        and coalesce(rejected.closed_on, 'infinity') > batches.batch_date
) as open_count
from batches
"""
OPEN_AFTER_BATCHES = """
with batches as (
    select distinct batch_date from ops.batch_counts order by batch_date desc limit 5
)
select sum(open_count)::bigint from ({parts}) as counted group by batch_date order by batch_date
"""
STEP_TIMES = """
select step, run_id, extract(epoch from ended_at - started_at)::float
from ops.steps
where status = 'succeeded' and started_at > now() - interval '60 days'
order by started_at desc
limit 300
"""
SIZES = """
select
    relation.oid::regclass::text,
    pg_total_relation_size(relation.oid),
    greatest(relation.reltuples, -1)::bigint
from pg_class as relation
where
    relation.relkind = 'r'
    and relation.relnamespace::regnamespace::text in (
        'staging', 'quarantine', 'production', 'snapshots', 'mart_build', 'mart', 'ops'
    )
order by 2 desc, 1
"""
RECORD_SIZES = f"""
insert into ops.table_sizes (relation_name, total_bytes, row_estimate, run_id)
select sizes.*, %s from ({SIZES}) as sizes
"""  # noqa: S608  (constants of ours)
FORMER_SIZES = """
select relation_name, total_bytes
from ops.table_sizes
where run_id = (
    select table_sizes.run_id
    from ops.table_sizes
    inner join ops.runs using (run_id)
    order by abs(extract(epoch from now() - interval '7 days' - runs.started_at)), run_id
    limit 1
)
"""


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
    with (
        database_errors("the record cannot be read"),
        closing(server.connect(settings)) as connection,
    ):
        connection.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        with connection, connection.cursor() as cursor:
            restoring = unfinished_restore(cursor)
            if restoring or not relation_exists(cursor, "ops.migrations"):
                return replace(known, restoring=restoring)
            return _state(cursor, settings, known)


def _state(cursor: Cursor, settings: Settings, known: Status) -> Status:
    cursor.execute("select pg_database_size(current_database())")
    database_bytes = fetch_value(cursor, int)
    batches = batch_scores(cursor, BATCHES_SHOWN)
    return replace(
        known,
        unfinished_revert=unfinished_revert(cursor),
        runs=_runs(cursor),
        last_load_at=_last_load_at(cursor),
        failed_steps=_rows(cursor, FAILED_STEPS, FailedStep),
        layers=(*_layers(cursor), _exports(settings)),
        open_rows=_open_rows(cursor),
        open_by_batch=_open_by_batch(cursor) if batches else (),
        batches=batches,
        anomalies=anomalies(cursor, batches[0].batch_date) if batches else (),
        step_times=_rows(cursor, STEP_TIMES, StepTime),
        sizes=_sizes(cursor),
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


def _rows[Row](cursor: Cursor, statement: str, row: type[Row]) -> tuple[Row, ...]:
    cursor.execute(statement)
    return tuple(row(*values) for values in cursor.fetchall())


def _runs(cursor: Cursor) -> tuple[RunState, ...]:
    """Return the newest runs; one that seems to run and holds no lock was killed."""
    cursor.execute(HOLDER_IN_DATABASE)
    holders = {name.rpartition(" ")[2] for name, *_ in cursor.fetchall()}
    cursor.execute(
        """
        select
            runs.run_id, runs.logical_date, runs.command, runs.started_at, runs.ended_at,
            runs.status, steps.step, runs.error
        from ops.runs
        left join lateral (
            select steps.step from ops.steps
            where steps.run_id = runs.run_id and steps.status = runs.status
                and runs.status <> 'succeeded'
            order by steps.started_at desc limit 1
        ) as steps on true
        order by runs.started_at desc
        limit %s
        """,
        (RUNS_SHOWN,),
    )
    found = []
    for row in cursor.fetchall():
        run = RunState(*row)
        if run.status == "running" and run.run_id not in holders:
            run = replace(run, status="killed", error="killed: the run ended without a word")
        found.append(run)
    return tuple(found)


def _last_load_at(cursor: Cursor) -> datetime | None:
    cursor.execute(
        "select max(started_at) from ops.runs where 'load' = any(string_to_array(command, ' '))"
    )
    started_at: datetime | None
    (started_at,) = fetch_row(cursor)
    return started_at


def _layers(cursor: Cursor) -> tuple[Layer, ...]:
    newest = {
        "staging": "select batch_date, loaded_at from ops.loads order by load_id desc",
        "production": (
            "select logical_date, completed_at from ops.node_results"
            " inner join ops.invocations using (invocation_id)"
            " where unique_id = 'model.shop.transaction_items' and status = 'success'"
            " order by completed_at desc"
        ),
        "mart": (
            "select logical_date, published_at from ops.publications order by publication_id desc"
        ),
    }
    layers = []
    for name, statement in newest.items():
        cursor.execute(f"{statement} limit 1")
        layers.append(Layer(name, *(cursor.fetchone() or (None, None))))
    return tuple(layers)


def _exports(settings: Settings) -> Layer:
    path = settings.exports_dir / MANIFEST
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        day = date.fromisoformat(json.loads(path.read_text())["logical_date"])
    except (OSError, ValueError, KeyError):
        return Layer("exports", None, None)
    return Layer("exports", day, written)


def _quarantined_tables(cursor: Cursor) -> list[str]:
    return [table for table in TABLES if relation_exists(cursor, f"quarantine.rejected_{table}")]


def _open_rows(cursor: Cursor) -> tuple[OpenReason, ...]:
    tables = _quarantined_tables(cursor)
    if not tables:
        return ()
    parts = " union all ".join(OPEN_ROWS.format(table=table) for table in tables)
    return _rows(cursor, f"{parts} order by 3 desc, 1, 2", OpenReason)


def _open_by_batch(cursor: Cursor) -> tuple[int, ...]:
    """Return how many rows were open after each of the newest batches."""
    parts = " union all ".join(
        OPEN_BY_BATCH.format(table=table) for table in _quarantined_tables(cursor)
    )
    cursor.execute(OPEN_AFTER_BATCHES.format(parts=parts))
    return tuple(count for (count,) in cursor.fetchall())


def _sizes(cursor: Cursor) -> tuple[TableSize, ...]:
    cursor.execute(FORMER_SIZES)
    former = dict(cursor.fetchall())
    cursor.execute(SIZES)
    return tuple(
        TableSize(name, size, rows, size - former[name] if name in former else None)
        for name, size, rows in cursor.fetchall()
    )


def measure_tables(cursor: Cursor, run_id: str) -> None:
    """Put the sizes of all tables on record at the end of a run."""
    cursor.execute(RECORD_SIZES, (run_id,))
