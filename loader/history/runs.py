"""The record of runs and their steps, written as they happen."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812

from loader.database.fetch import statements
from loader.database.retry import retry_transient
from loader.history.batches import RowCounts

SQL = statements(Path(__file__).with_suffix(".sql"))


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

    def ask[Found](self, question: Callable[[Connection], Found]) -> Found:
        """Return what a function finds over the connection of the record.

        Each of its statements is committed at once. Where the connection was lost, idle since the
        step began perhaps, it is asked again over a new one.

        Raises:
            LoaderError: the database refuses, or cannot be reached for long.
        """
        return retry_transient(lambda: question(self._connection()))

    def _connection(self) -> Connection:
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
        self._execute(SQL["start_run"], (self.run_id, day, command))

    def end(self, error: str | None = None) -> None:
        """Record that the run and its open step have ended, failed where there is an error."""
        self.end_step(error)
        self._execute(SQL["end_runs"], (*_outcome(error), self.run_id))

    def start_step(self, step: str, attempt: int = 1) -> None:
        """Record that an attempt of a step has started."""
        self._execute(SQL["start_step"], (self.run_id, step, attempt))

    def end_step(self, error: str | None = None, rows: RowCounts | None = None) -> None:
        """Record that the step at work has ended, failed where there is an error."""
        counts = (rows.rows_in, rows.accepted, rows.rejected) if rows else (None, None, None)
        self._execute(SQL["end_steps"], (*_outcome(error), *counts, self.run_id))

    def end_killed_runs(self) -> list[str]:
        """Mark runs that cannot be running any more as failed and return their ids.

        Only who holds the run lock may call this: no other run can then be alive.
        """
        outcome = _outcome("killed: the run ended without a word")
        killed = self.ask(_running)
        self._execute(SQL["end_steps"], (*outcome, None, None, None, None))
        self._execute(SQL["end_runs"], (*outcome, None))
        return killed

    def _execute(self, statement: str, values: tuple[object, ...]) -> None:
        self.ask(lambda connection: connection.cursor().execute(statement, values))


def _running(connection: Connection) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select run_id from ops.runs where status = 'running' order by run_id")
        return [run_id for (run_id,) in cursor.fetchall()]


def _outcome(error: str | None) -> tuple[str | None, str]:
    """Return error and status of what has ended."""
    return (None, "succeeded") if error is None else (one_line(error), "failed")
