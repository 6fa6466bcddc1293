"""One run at a time.

Three things together, because each alone has a hole. A file lock on a descriptor that the
children inherit: it holds until the last of them is gone, also after the wrapper was killed. An
advisory lock in the database, held by a session of its own: it keeps out a run from another
folder or machine. And children that die with the wrapper, see `loader.child`.
"""

import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psutil
import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import cursor as Cursor  # noqa: N812
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from loader.atomic import file_lock
from loader.config.settings import Settings
from loader.database import server
from loader.database.credentials import LOADER
from loader.database.errors import database_errors
from loader.database.fetch import fetch_records, fetch_value, statements
from loader.database.preflight import assert_not_half_restored
from loader.database.retry import retry_transient
from loader.errors import BusyError, LoaderError

SQL = statements(Path(__file__).with_suffix(".sql"))

LOCK_FILE = ".run.lock"
LOOK_SECONDS = 5  # between two looks whether who holds it is done
RESTORE = "restore"
ADVISORY_KEY = "hashtextextended('shop run', 0)"


@dataclass(frozen=True)
class Holder:
    """Name who holds the lock."""

    run_id: str
    command: str
    pid: int
    since: str


class RunLock:
    """Hold the lock: the descriptor that children must inherit, and the session's part of it."""

    def __init__(
        self, settings: Settings, run_id: str, descriptor: int, role: str | None = LOADER
    ) -> None:
        self._settings = settings
        self._role = role
        self._run_id = run_id
        self.descriptor = descriptor
        self._connection = self._locked_session()

    def renew(self) -> None:
        """Take the lock in the database again where its session was lost.

        Raises:
            LoaderError: another run has taken it meanwhile, or the database cannot be reached.
        """
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("select 1")
        except psycopg2.Error:
            self._connection.close()
            self._connection = self._locked_session()

    def assert_not_half_restored(self) -> None:
        """Raise where a restore has begun and is not complete."""
        self.renew()
        with (
            database_errors("cannot look for an unfinished restore"),
            self._connection.cursor() as cursor,
        ):
            assert_not_half_restored(cursor)

    def close(self) -> None:
        """Let the session's part go.

        Closing alone would let it go a moment later, when the server has ended the session.
        """
        with suppress(psycopg2.Error), self._connection.cursor() as cursor:
            cursor.execute(f"select pg_advisory_unlock({ADVISORY_KEY})")
        self._connection.close()

    def _locked_session(self) -> Connection:
        connection = server.connect(self._settings, self._role)
        try:
            with database_errors("cannot take the lock in the database"):
                _take_advisory_lock(connection, self._run_id)
        except LoaderError:
            connection.close()
            raise
        return connection


def new_run_id() -> str:
    """Return the UTC time and six random digits: ids sort by start and never meet."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def alone[Found](
    settings: Settings,
    command: str,
    work: Callable[[RunLock], Found],
    role: str | None = LOADER,
    wait_minutes: int = 0,
) -> Found:
    """Return what a command's work gives, done under the lock, and again after a transient error.

    Raises:
        BusyError, LoaderError: as of `run_lock` and `retry_transient`.
    """
    with run_lock(settings, new_run_id(), command, role, wait_minutes) as lock:

        def attempt() -> Found:
            lock.renew()
            return work(lock)

        return retry_transient(attempt)


@contextmanager
def run_lock(
    settings: Settings,
    run_id: str,
    command: str,
    role: str | None = LOADER,
    wait_minutes: int = 0,
) -> Iterator[RunLock]:
    """Hold the lock while the block runs, in a session of a role or of an administrator (None).

    Who holds it is waited for, `wait_minutes` at most.

    Raises:
        BusyError: another run holds it; the message says which.
        LoaderError: the database holds a part of a backup, which only RESTORE may touch.
    """
    since = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    holder = Holder(run_id, command, os.getpid(), since)

    def tell(state: RetryCallState) -> None:
        if state.attempt_number == 1 and state.outcome:
            busy = state.outcome.exception()
            sys.stderr.write(f"waits, {wait_minutes} minutes at most: {busy}\n")

    waiting = Retrying(
        retry=retry_if_exception_type(BusyError),
        wait=wait_fixed(LOOK_SECONDS),
        stop=stop_after_delay(60 * wait_minutes),
        before_sleep=tell,
        reraise=True,
    )
    with ExitStack() as stack:
        yield waiting(lambda: stack.enter_context(_held(settings, holder, role)))


@contextmanager
def _held(settings: Settings, holder: Holder, role: str | None) -> Iterator[RunLock]:
    with (
        _file_lock(settings.root / LOCK_FILE, holder) as descriptor,
        closing(
            retry_transient(partial(RunLock, settings, holder.run_id, descriptor, role))
        ) as lock,
    ):
        if holder.command != RESTORE:
            retry_transient(lock.assert_not_half_restored)
        yield lock


@contextmanager
def _file_lock(path: Path, holder: Holder) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            descriptor = stack.enter_context(file_lock(path))
        except BlockingIOError:
            raise BusyError(_held_by(path.read_bytes())) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)
        yield descriptor
        os.ftruncate(descriptor, 0)


def _held_by(content: bytes) -> str:
    """Return a message about the holder that the lock file names."""
    try:
        holder = Holder(**json.loads(content))
    except (ValueError, TypeError):  # it was taken this very moment
        return "another run has just started; wait until it is done"
    who = f"run {holder.run_id} ({holder.command}), process {holder.pid}, since {holder.since} UTC"
    if psutil.pid_exists(holder.pid):
        return f"another run is at work: {who}; wait until it is done"
    return (
        f"the run before was killed but a program that it started still works: {who}; wait for it"
    )


def _take_advisory_lock(connection: Connection, run_id: str) -> None:
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('application_name', %s, false)", (f"loader run {run_id}",)
        )
        cursor.execute(f"select pg_try_advisory_lock({ADVISORY_KEY})")
        if fetch_value(cursor, bool):
            return
        holder = next(iter(lock_holders(cursor)), None)
    who = (
        f"{holder.name}, server process {holder.pid}, since {holder.since}"
        if holder
        else "it has just ended"
    )
    raise BusyError(f"another run is at work on this database: {who}; wait until it is done")


class Session(NamedTuple):
    """Name a session of the database that holds the lock."""

    name: str
    pid: int
    since: datetime


def lock_holders(cursor: Cursor) -> tuple[Session, ...]:
    """Return the sessions that hold the lock in the database: one, or none."""
    return fetch_records(cursor, SQL["holder_in_database"], Session)
