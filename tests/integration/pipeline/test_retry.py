"""What is tried again, and what is not."""

import random
import re
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from decimal import Decimal
from pathlib import Path

import pytest

from factories.days import (
    TO_MART,
    WITH_FILES,
    connect,
    everything,
    fingerprint,
    loader,
    query,
    run_well,
)
from factories.loaded import Query
from loader import cli
from loader.commands import replay
from loader.config.settings import Settings
from loader.database.errors import is_transient_text
from loader.errors import LoaderError
from loader.pipeline.context import Order
from loader.pipeline.run import run
from loader.pipeline.steps import STEPS

ASKS_AGAIN = """
import os, sys
count = os.path.join(os.environ["SHOP_ROOT"], "count")
with open(count, "a") as file:
    file.write(sys.argv[1] + "\\n")
with open(count) as file:
    if len(file.readlines()) < int({succeeds_at}):
        sys.exit(print({message!r}) or 1)
"""
ENDS_SESSIONS = """
import psycopg2, os
session = psycopg2.connect(dbname=os.environ["PGDATABASE"])
session.autocommit = True
session.cursor().execute(
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
    " and application_name like 'loader%'"
)
"""
SESSIONS = """
select pid, application_name
from pg_stat_activity
where
    datname = current_database()
    and pid <> pg_backend_pid()
    and backend_type = 'client backend'
order by backend_start
"""
RUN = "select max(run_id) from ops.runs"
ATTEMPTS = "select attempt, status, error from ops.steps where step = 'build' order by attempt"


def stand_in(message: str, succeeds_at: int) -> tuple[str, ...]:
    """Return a program in place of dbt that fails with a message until it was called so often."""
    text = ASKS_AGAIN.format(message=message, succeeds_at=succeeds_at)
    return (sys.executable, "-c", text)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_RETRY_WAIT", "0.01")


def test_transient_fault_is_tried_again_and_every_attempt_is_on_record(
    staged: Settings, query: Query
) -> None:
    run(Order(("build",), dbt=stand_in("  deadlock detected", 3)), staged)
    failed = "dbt build ended with exit code 1: deadlock detected"
    assert query(ATTEMPTS) == [
        (1, "failed", failed),
        (2, "failed", failed),
        (3, "succeeded", None),
    ]
    assert query("select status, error from ops.runs order by started_at desc limit 1") == [
        ("succeeded", None)
    ]


def test_bad_data_is_never_tried_again(staged: Settings, query: Query) -> None:
    with pytest.raises(LoaderError, match="exit code 1"):
        run(Order(("build",), dbt=stand_in("1 of 2 FAIL 3 assert_something", 2)), staged)
    assert [attempt for attempt, *_ in query(ATTEMPTS)] == [1]


def test_trying_again_has_an_end(staged: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_ATTEMPTS", "2")
    with pytest.raises(LoaderError, match="deadlock detected"):
        run(Order(("build",), dbt=stand_in("deadlock detected", 9)), staged)
    assert (staged.root / "count").read_text().splitlines() == ["build", "build"]


def test_run_goes_on_after_its_sessions_were_ended(staged: Settings) -> None:
    program = stand_in("server closed the connection unexpectedly", 2)
    run(Order(("build",), dbt=(*program[:2], ENDS_SESSIONS + program[2])), staged)
    assert [status for _, status, _ in query(ATTEMPTS)] == ["failed", "succeeded"]


def test_session_that_was_lost_while_a_step_worked_fails_nothing(staged: Settings) -> None:
    program = stand_in("", 1)
    run(Order(("build",), dbt=(*program[:2], ENDS_SESSIONS + program[2])), staged)
    assert query(ATTEMPTS) == [(1, "succeeded", None)]


def test_step_whose_own_session_was_lost_is_tried_again(
    staged: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost_once(_: object) -> None:
        monkeypatch.setitem(STEPS, "build", lambda _: None)
        with closing(connect()) as session:
            session.cursor().execute("select pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setitem(STEPS, "build", lost_once)
    run(Order(("build",)), staged)
    assert [status for _, status, _ in query(ATTEMPTS)] == ["failed", "succeeded"]


def test_command_says_in_a_line_that_its_session_was_lost(
    staged: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert staged

    def lost(*_: object) -> None:
        with closing(connect()) as session:
            session.cursor().execute("select pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(replay, "replay_batches", lost)
    monkeypatch.setattr(sys, "argv", ["loader", "replay"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    said = capfd.readouterr().err
    assert said.startswith("error: the database failed: ")
    assert said.count("\n") == 1


class Terminator:
    """End a session of the database now and then, whichever it is."""

    def __init__(self, seed: int, ends: int, pauses: tuple[float, float] = (0.2, 1.5)) -> None:
        self._rng, self._ends, self._pauses = random.Random(seed), ends, pauses  # noqa: S311
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.ended: list[str] = []

    def __enter__(self) -> "Terminator":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _work(self) -> None:
        with closing(connect()) as session:
            session.autocommit = True
            cursor = session.cursor()
            while len(self.ended) < self._ends:
                if self._stopped.wait(self._rng.uniform(*self._pauses)):
                    return
                cursor.execute(SESSIONS)
                if found := cursor.fetchall():
                    pid, name = self._rng.choice(found)
                    cursor.execute("select pg_terminate_backend(%s)", (pid,))
                    self.ended.append(name)


@pytest.mark.proof
@pytest.mark.usefixtures("settings", "own_dbt_target")
@pytest.mark.parametrize("seed", [1, 2])
def test_day_whose_sessions_are_ended_at_random_is_the_undisturbed_one(
    first_day_run: tuple[str, Path],
    second_day_run: tuple[str, Path],
    scratch_database: Callable[..., AbstractContextManager[str]],
    second_day: Path,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    with scratch_database(monkeypatch, second_day_run[0]):
        undisturbed = everything()
    monkeypatch.setenv("SHOP_ATTEMPTS", "50")
    with scratch_database(monkeypatch, first_day_run[0]), Terminator(seed, 12) as terminator:
        run_well("2025-03-02", second_day, *WITH_FILES)
        assert everything() == undisturbed
        assert query("select status from ops.runs order by started_at desc limit 1") == [
            ("succeeded",)
        ]
    assert terminator.ended


COMMANDS = (
    ("export",),
    ("verify",),
    ("status",),
    ("prune", "--yes"),
    ("backup", "create"),
    ("dashboard", "--build-only"),
    ("erase-customer", "CUST0001", "--yes"),
    ("revert-batch", "--yes"),
)


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize(
    ("attempts", "ends"), [pytest.param(50, 6, marks=pytest.mark.proof), (1, 1)]
)
def test_command_whose_sessions_are_ended_at_random_succeeds_or_says_so_in_a_line(
    monkeypatch: pytest.MonkeyPatch, attempts: int, ends: int
) -> None:
    monkeypatch.setenv("SHOP_ATTEMPTS", str(attempts))
    ended = []
    for command in COMMANDS:
        with Terminator(attempts, ends, pauses=(0.0, 0.05)) as terminator:
            done = loader(*command)
        ended += terminator.ended
        assert "Traceback" not in done.stdout + done.stderr, (command, done.stderr)
        if attempts == 1 and done.returncode == 1:
            assert re.search("^error: ", done.stderr, re.MULTILINE), (command, done.stderr)
        else:
            assert done.returncode in ((0, 4, 5) if command[0] == "status" else (0,)), done
    # a command whose session is open for a moment only may be over before it is looked for
    assert len(ended) > len(COMMANDS) / 2


@pytest.mark.parametrize(
    ("text", "is_transient"),
    [
        ("could not serialize access due to concurrent update", True),
        ("FATAL:  the database system is starting up", True),
        ('connection to server at "127.0.0.1", port 5 failed: Connection refused', True),
        ("terminating connection due to administrator command", True),
        ('duplicate key value violates unique constraint "customers_pkey"', False),
        ('FATAL:  password authentication failed for user "shop"', False),
        ("canceling statement due to user request", False),
        ("Got 3 results, configured to fail if != 0", False),
    ],
)
def test_only_faults_of_the_moment_are_transient(text: str, *, is_transient: bool) -> None:
    assert is_transient_text(text) is is_transient


@pytest.mark.usefixtures("first_day")
def test_build_that_lost_a_session_goes_on_where_it_stopped_and_publishes(
    second_day: Path,
) -> None:
    def end_who_waits() -> None:
        """Hold a table up, end the first session that waits for it, and let go."""
        with closing(connect()) as connection:
            cursor = connection.cursor()
            cursor.execute("lock table production.suppliers in share mode")
            held.set()
            until = time.monotonic() + 60
            while time.monotonic() < until:
                cursor.execute(
                    "select pg_terminate_backend(pid) from pg_locks"
                    " where not granted and relation = 'production.suppliers'::regclass"
                )
                if cursor.rowcount:
                    return
                time.sleep(0.05)

    held = threading.Event()
    fault = threading.Thread(target=end_who_waits)
    fault.start()
    held.wait()
    run_well("2025-03-02", second_day, *TO_MART)
    fault.join()

    assert query(
        "select attempt, status, rows_in, accepted, rejected from ops.steps "
        f"where step = 'build' and run_id = ({RUN}) order by started_at"
    ) == [(1, "failed", None, None, None), (2, "succeeded", 10, 7, 3)]
    built = query(
        "select command, is_complete, node_count, expected_node_count from ops.invocations "
        f"where run_id = ({RUN}) order by started_at"
    )
    assert [is_complete for _, is_complete, *_ in built] == [False, True]
    _, (_, _, done_now, expected) = built
    assert 0 < done_now < expected
    assert query("select sum(revenue_amount) from mart.fct_sales") == [(Decimal(800),)]
    assert query("select count(*) from ops.publications") == [(2,)]
    assert fingerprint("mart")
