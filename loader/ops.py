"""The loader's tables, and the record of runs, steps and loads that it keeps in schema ops."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812

from loader.contract import TABLES
from loader.database import migrations
from loader.database.retry import is_transient
from loader.errors import LoaderError, TransientError

SCHEMA = Path(__file__).with_name("schema.sql")
END_RUNS = """
update ops.runs
set ended_at = clock_timestamp(), error = %s, status = %s
where status = 'running'
"""
END_STEPS = """
update ops.steps
set
    ended_at = clock_timestamp(),
    error = %s,
    status = %s,
    rows_in = %s,
    accepted = %s,
    rejected = %s
where status = 'running'
"""
NODES_THAT_TAKE_IN = (
    *(f"model.shop.{table}" for table in TABLES),
    *(f"model.shop.rejected_{table}" for table in TABLES),
    "model.shop.batch_counts",
    "model.shop.row_warnings",
    "model.shop.quality_counts",
    "snapshot.shop.customers_snapshot",
    "snapshot.shop.products_snapshot",
)
COPY_LINE = re.compile(r"COPY (\w+), line (\d+)")


@contextmanager
def database_errors(doing: str) -> Iterator[None]:
    """Turn a PostgreSQL error into a LoaderError without the row it quotes.

    DETAIL and CONTEXT repeat values, which are personal data, so only the primary message and
    the line number are kept, and the original is cut off from the traceback.
    """
    try:
        yield
    except psycopg2.Error as error:
        kind = TransientError if is_transient(error) else LoaderError
        raise kind(f"{doing}: {describe(error)}") from None


def describe(error: psycopg2.Error) -> str:
    """Return a PostgreSQL error's message and line, free of values from rows."""
    if error.diag is None or error.diag.message_primary is None:
        return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    where = COPY_LINE.search(error.diag.context or "")
    line = f" (data line {where[2]} of {where[1]})" if where else ""
    return f"{error.diag.message_primary}{line} [SQLSTATE {error.diag.sqlstate}]"


def ensure_schema(connection: Connection) -> None:
    """Create the loader's schemas and tables, bring older ones up to date, and commit.

    A role that may not create schemas finds them there: `loader roles` made them.

    Raises:
        LoaderError: they are not there, or not up to date.
    """
    with (
        database_errors("cannot create the loader's tables"),
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("select has_database_privilege(current_database(), 'create')")
        if not cursor.fetchone()[0]:
            if not migrations.are_applied(cursor, migrations.migrations()):
                raise LoaderError("the loader's tables are missing or older: run make roles first")
            return
        cursor.execute("set local client_min_messages = warning")
        # Two sessions creating the same schema at once would fail on a unique index.
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('loader schema', 0))")
        migrations.apply(cursor, SCHEMA.read_text(encoding="utf-8"), migrations.migrations())


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
            "late rows with the current batch, or load all batches in order into an empty database"
        )
    if day > staged.batch_date and not is_batch_taken_in(connection, staged):
        raise LoaderError(
            f"the batch of {staged.batch_date} was loaded and not built to the end, and would be "
            f"lost: run it first, make daily DATE={staged.batch_date} with the LANDING it came from"
        )


def is_batch_taken_in(connection: Connection, batch: LoadedBatch) -> bool:
    """Tell whether dbt has built everything that reads staging since the batch was loaded."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select count(distinct node_results.unique_id)
            from ops.node_results
            inner join ops.invocations using (invocation_id)
            where
                node_results.status = 'success'
                and node_results.unique_id = any(%s)
                and invocations.completed_at >= (
                    select max(loads.loaded_at) from ops.loads where loads.load_id = %s
                )
            """,
            (list(NODES_THAT_TAKE_IN), batch.load_id),
        )
        return cursor.fetchone()[0] == len(NODES_THAT_TAKE_IN)


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
        cursor.execute("select to_regclass('ops.batch_counts') is not null")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(
            "select sum(delivered_count)::bigint, sum(accepted_count)::bigint,"
            " sum(quarantined_count)::bigint from ops.batch_counts where batch_date = %s",
            (day,),
        )
        row = cursor.fetchone()
    return None if row[0] is None else RowCounts(*row)


def one_line(text: str) -> str:
    """Return a message as one line that says how many more there were."""
    first, *others = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    if first.endswith(":") and others:  # a heading says little without what stands below it
        first = f"{first} {others.pop(0)}"
    return f"{first} (and {len(others)} more)" if others else first


class RunRecord:
    """Write a run and its steps as they happen; each statement is committed at once."""

    def __init__(self, connect: Callable[[], Connection], run_id: str) -> None:
        self._connect = connect
        self._open: Connection | None = None
        self.run_id = run_id

    @property
    def connection(self) -> Connection:
        """Return the connection that the record is written over, a new one where it was lost."""
        if self._open is None or self._open.closed:
            self._open = self._connect()
            self._open.autocommit = True
        return self._open

    def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            self._open.close()

    def start(self, day: date | None, command: str) -> None:
        """Record that the run has started."""
        self._execute(
            "insert into ops.runs (run_id, logical_date, command, started_at, status)"
            " values (%s, %s, %s, clock_timestamp(), 'running')",
            (self.run_id, day, command),
        )

    def end(self, error: str | None = None) -> None:
        """Record that the run and its open step have ended, failed where there is an error."""
        self.end_step(error)
        self._execute(END_RUNS + " and run_id = %s", (*_outcome(error), self.run_id))

    def start_step(self, step: str, attempt: int = 1) -> None:
        """Record that an attempt of a step has started."""
        self._execute(
            "insert into ops.steps (run_id, step, attempt, started_at, status)"
            " values (%s, %s, %s, clock_timestamp(), 'running')",
            (self.run_id, step, attempt),
        )

    def end_step(self, error: str | None = None, rows: RowCounts | None = None) -> None:
        """Record that the step at work has ended, failed where there is an error."""
        counts = (rows.rows_in, rows.accepted, rows.rejected) if rows else (None, None, None)
        self._execute(END_STEPS + " and run_id = %s", (*_outcome(error), *counts, self.run_id))

    def end_killed_runs(self) -> list[str]:
        """Mark runs that cannot be running any more as failed and return their ids.

        Only who holds the run lock may call this: no other run can then be alive.
        """
        outcome = _outcome("killed: the run ended without a word")
        with self.connection.cursor() as cursor:
            cursor.execute("select run_id from ops.runs where status = 'running' order by run_id")
            killed = [run_id for (run_id,) in cursor.fetchall()]
        self._execute(END_STEPS, (*outcome, None, None, None))
        self._execute(END_RUNS, outcome)
        return killed

    def _execute(self, statement: str, values: tuple[object, ...]) -> None:
        with (
            database_errors("cannot write the record of the run"),
            self.connection.cursor() as cursor,
        ):
            cursor.execute(statement, values)


def _outcome(error: str | None) -> tuple[str | None, str]:
    """Return error and status of what has ended."""
    return (None, "succeeded") if error is None else (one_line(error), "failed")
