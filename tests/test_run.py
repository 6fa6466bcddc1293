"""The run: one at a time, on the record, and gone when it is stopped or killed."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import psutil
import pytest

from loader import server, steps
from loader.contract import TABLES
from loader.errors import LoaderError
from loader.ops import ensure_schema
from loader.run import run
from loader.runlog import run_log
from loader.settings import REPOSITORY, Settings
from loader.steps import DBT, Order

DAY = date(2026, 11, 22)

# What stands in for dbt: programs that end, fail or go on for ever.
GOOD = (sys.executable, "-c", "import sys; print('built', *sys.argv[1:])")
BAD = (
    sys.executable,
    "-c",
    r"print('1 of 2 ERROR\n  DETAIL:  Key (email)=(someone) exists.'); raise SystemExit(1)",
)
ENDLESS = """
import os, sys, time
{prepare}
with open(os.path.join(os.environ["SHOP_ROOT"], "child.pid"), "w") as file:
    file.write(str(os.getpid()))
time.sleep(600)
"""
IGNORES_REQUESTS = """
import signal
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
"""
OUTLIVES_ITS_PARENT = "import ctypes; ctypes.CDLL(None).prctl(1, 0)"

WRAPPER = """
import sys
from loader import child
from loader.errors import LoaderError
from loader.run import run
from loader.settings import load_settings
from loader.steps import Order
child.STOP_SECONDS = 2
try:
    run(Order(("build",), dbt=(sys.executable, "-c", sys.argv[1])), load_settings())
except LoaderError as error:
    sys.exit(f"error: {error}")
"""


@pytest.fixture
def query(settings: Settings, database: str) -> Iterator[Callable[..., list[tuple]]]:
    assert database
    with closing(server.connect(settings)) as connection:
        ensure_schema(connection)
        connection.autocommit = True

        def ask(statement: str) -> list[tuple]:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

        yield ask


@pytest.fixture
def staged(settings: Settings, query: Callable[..., list[tuple]], sample_batch: Path) -> Settings:
    """Load a batch, so that later steps have something to work on."""
    assert query
    run(Order(("load",), DAY, sample_batch), settings)
    return settings


@pytest.fixture
def sample_batch(tmp_path: Path) -> Path:
    """Write four small files."""
    folder = tmp_path / "delivered"
    folder.mkdir()
    for table, columns in TABLES.items():
        (folder / f"{table}.csv").write_text(",".join(columns) + "\n" + "," * (len(columns) - 1))
    return folder


@pytest.fixture
def start_wrapper(staged: Settings) -> Iterator[Callable[..., tuple[subprocess.Popen, int]]]:
    """Start a run whose build goes on for ever; give its process and the child's id."""
    started: list[int] = []

    def start(prepare: str = "") -> tuple[subprocess.Popen, int]:
        command = [sys.executable, "-c", WRAPPER, ENDLESS.format(prepare=prepare)]
        wrapper = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True)
        path = staged.root / "child.pid"
        until(lambda: path.exists() and path.read_text() != "")
        child = int(path.read_text())
        path.unlink()
        started.extend([wrapper.pid, child])
        return wrapper, child

    yield start
    for pid in started:
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGKILL)


def until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def log_of(settings: Settings, run_id: str) -> str:
    return (settings.logs_dir / f"{run_id}.log").read_text()


def test_run_is_recorded_and_logged(
    settings: Settings, query: Callable[..., list[tuple]], sample_batch: Path
) -> None:
    run_id = run(Order(("load", "build"), DAY, sample_batch, GOOD), settings)
    assert query("select run_id, logical_date, command, status, error from ops.runs") == [
        (run_id, DAY, "load build", "succeeded", None)
    ]
    recorded = "select step, attempt, status, error from ops.steps order by started_at"
    assert query(recorded) == [("load", 1, "succeeded", None), ("build", 1, "succeeded", None)]
    times = query("select started_at, ended_at from ops.steps order by started_at")
    assert sorted(sum(times, ())) == list(sum(times, ()))  # each ends before the next starts
    assert query("select distinct run_id from ops.loads") == [(run_id,)]
    log = log_of(settings, run_id)
    assert "[1/2] load" in log
    assert "Z built build" in log
    assert log.endswith("succeeded\n")
    assert (settings.logs_dir / f"{run_id}.log").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("no_color", "shown"), [("", "\x1b[36mdone\x1b[0m\n"), ("1", "done\n")])
def test_terminal_gets_readable_lines_and_the_log_plain_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_color: str, shown: str
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    screen = io.StringIO()
    screen.isatty = lambda: True  # type: ignore[method-assign]
    with run_log(tmp_path, "run", screen) as log:
        log.line("done", "cyan")
        log.line("\x1b[31mred\x1b[0m")
    assert screen.getvalue().startswith(shown)
    plain = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    assert re.fullmatch(f"{plain} done\n{plain} red\n", (tmp_path / "run.log").read_text())


def test_steps_run_in_their_own_order(settings: Settings, staged: Settings) -> None:
    run_id = run(Order(("publish", "build"), dbt=GOOD), settings)
    log = log_of(staged, run_id)
    assert log.index("built build") < log.index("built run-operation publish")


def test_failed_build_stops_the_run(staged: Settings, query: Callable[..., list[tuple]]) -> None:
    with pytest.raises(LoaderError, match=r"step build failed: dbt build ended with exit code 1"):
        run(Order(("build", "export"), dbt=BAD), staged)
    newest = "(select max(run_id) from ops.runs where command = 'build export')"
    assert query(f"select step, status from ops.steps where run_id = {newest}") == [
        ("build", "failed")
    ]
    ((run_id, status, error),) = query(
        f"select run_id, status, error from ops.runs where run_id = {newest}"
    )
    assert (status, error) == ("failed", "dbt build ended with exit code 1")
    assert "1 of 2 ERROR" in log_of(staged, run_id)
    assert "someone" not in log_of(staged, run_id)


def test_message_of_a_failure_names_the_log(staged: Settings) -> None:
    with pytest.raises(LoaderError) as caught:
        run(Order(("build",), dbt=BAD), staged)
    (path,) = [path for path in staged.logs_dir.iterdir() if str(path) in str(caught.value)]
    assert "failed: dbt build" in path.read_text()


def test_child_finds_the_database_and_the_run(staged: Settings) -> None:
    names = ["SHOP_RUN_ID", "PGHOST", "PGDATABASE", "DBT_SEND_ANONYMOUS_USAGE_STATS"]
    show = f"import os; print(os.getcwd(), *(os.environ[name] for name in {names}))"
    run_id = run(Order(("build",), dbt=(sys.executable, "-c", show)), staged)
    expected = [staged.dbt_dir, run_id, os.environ["PGHOST"], os.environ["PGDATABASE"], "false"]
    assert " ".join(map(str, expected)) in log_of(staged, run_id)


def test_dbt_is_the_one_of_this_python() -> None:
    done = subprocess.run([*DBT, "--version"], capture_output=True, text=True, check=True)
    assert "installed" in done.stdout


def test_bug_is_recorded_and_shown(
    staged: Settings, query: Callable[..., list[tuple]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(steps.STEPS, "build", fail)
    with pytest.raises(ZeroDivisionError):
        run(Order(("build",)), staged)
    assert ("failed", "bug: ZeroDivisionError") in query("select status, error from ops.runs")


def test_second_run_is_refused_and_told_who_works(
    staged: Settings, start_wrapper: Callable[..., tuple[subprocess.Popen, int]]
) -> None:
    wrapper, _ = start_wrapper()
    with pytest.raises(LoaderError, match=f"another run is at work: run .*, process {wrapper.pid}"):
        run(Order(("build",), dbt=GOOD), staged)


def test_run_from_another_folder_on_the_same_database_is_refused(
    tmp_path: Path, start_wrapper: Callable[..., tuple[subprocess.Popen, int]]
) -> None:
    start_wrapper()
    with pytest.raises(LoaderError, match=r"at work on this database: loader run \d+T"):
        run(Order(("build",), dbt=GOOD), Settings(root=tmp_path / "elsewhere"))


def test_child_dies_with_a_killed_run_and_the_next_run_notes_it(
    staged: Settings,
    query: Callable[..., list[tuple]],
    start_wrapper: Callable[..., tuple[subprocess.Popen, int]],
) -> None:
    wrapper, child = start_wrapper()
    wrapper.kill()
    wrapper.wait()
    until(lambda: is_gone(child))
    assert query("select count(*) from ops.runs where status = 'running'") == [(1,)]
    until_lock_is_free = time.monotonic() + 10
    while True:
        try:
            run(Order(("build",), dbt=GOOD), staged)
            break
        except LoaderError:  # the server has not noticed yet that the session is gone
            assert time.monotonic() < until_lock_is_free
            time.sleep(0.1)
    for table in ("runs", "steps"):
        assert query(f"select count(*) from ops.{table} where status = 'running'") == [(0,)]
        found = query(f"select error, ended_at is null from ops.{table} where status = 'failed'")
        assert found == [("killed: the run ended without a word", False)]


def test_lock_is_held_while_a_child_of_a_killed_run_lives(
    staged: Settings, start_wrapper: Callable[..., tuple[subprocess.Popen, int]]
) -> None:
    wrapper, child = start_wrapper(OUTLIVES_ITS_PARENT)
    wrapper.kill()
    wrapper.wait()
    assert not is_gone(child)
    with pytest.raises(LoaderError, match="was killed but a program that it started still works"):
        run(Order(("build",), dbt=GOOD), staged)
    os.kill(child, signal.SIGKILL)
    until(lambda: is_gone(child))
    run(Order(("build",), dbt=GOOD), staged)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_run_stops_its_child_and_is_recorded(
    query: Callable[..., list[tuple]],
    start_wrapper: Callable[..., tuple[subprocess.Popen, int]],
    number: signal.Signals,
) -> None:
    wrapper, child = start_wrapper()
    wrapper.send_signal(number)
    _, said = wrapper.communicate(timeout=30)
    assert wrapper.returncode == 1
    assert f"step build: stopped by {number.name}" in said
    assert is_gone(child)
    error = f"stopped by {number.name}"
    for table in ("runs", "steps"):
        assert query(f"select error from ops.{table} where status = 'failed'") == [(error,)]


def test_run_under_nohup_outlives_its_terminal(
    start_wrapper: Callable[..., tuple[subprocess.Popen, int]],
) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        wrapper, child = start_wrapper()
    finally:
        signal.signal(signal.SIGHUP, before)
    wrapper.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert not is_gone(wrapper.pid)
    assert not is_gone(child)


def test_child_that_ignores_the_interrupt_is_killed(
    start_wrapper: Callable[..., tuple[subprocess.Popen, int]],
) -> None:
    wrapper, child = start_wrapper(IGNORES_REQUESTS)
    wrapper.send_signal(signal.SIGTERM)
    assert wrapper.wait(60) == 1
    assert is_gone(child)


def test_first_run_generates_history_and_later_ones_what_came_since(
    settings: Settings, query: Callable[..., list[tuple]], take_in: Callable[[], None]
) -> None:
    days = "select count(distinct transaction_date) from staging.transactions"
    run(Order(("generate", "load"), date(2025, 6, 1)), settings)
    assert query(days) == [(365,)]
    take_in()
    run(Order(("generate", "load"), date(2025, 6, 2)), settings)
    assert query(days) == [(1,)]
    take_in()
    run(Order(("generate", "load"), date(2025, 6, 5)), settings)
    assert query(days) == [(3,)]
    before = query("select sha256 from ops.loads where batch_date = '2025-06-05' order by 1")
    run(Order(("generate", "load"), date(2025, 6, 5)), settings)
    again = query(
        "select distinct sha256 from ops.loads where batch_date = '2025-06-05' order by 1"
    )
    assert again == before


def test_mixing_two_shops_is_warned_of(staged: Settings, take_in: Callable[[], None]) -> None:
    take_in()
    first = run(Order(("generate", "load"), date(2026, 11, 23)), staged)
    assert "warning: the batch of 2026-11-22 was not generated here" in log_of(staged, first)
    take_in()
    second = run(Order(("generate", "load"), date(2026, 11, 24)), staged)
    assert "warning" not in log_of(staged, second)


def test_older_date_is_refused_before_anything_is_written(staged: Settings) -> None:
    with pytest.raises(LoaderError, match="2026-11-21 is older than the newest one, of 2026-11-22"):
        run(Order(("generate", "load"), date(2026, 11, 21)), staged)
    assert not staged.landing_dir.exists()


def test_later_steps_refuse_a_date_that_is_not_in_staging(staged: Settings) -> None:
    with pytest.raises(
        LoaderError, match="staging holds the batch of 2026-11-22, not of 2026-11-23"
    ):
        run(Order(("build",), date(2026, 11, 23), dbt=GOOD), staged)
    assert run(Order(("build",), DAY, dbt=GOOD), staged)


def test_run_goes_on_when_nobody_watches(
    settings: Settings, query: Callable[..., list[tuple]], sample_batch: Path
) -> None:
    command = [sys.executable, "-m", "loader", "run", "load", "--date", "2026-11-22", "--landing"]
    started = subprocess.Popen([*command, str(sample_batch)], stdout=subprocess.PIPE)
    started.stdout.close()
    assert started.wait() == 0
    assert query("select status from ops.runs") == [("succeeded",)]
    assert "load done" in next(settings.logs_dir.iterdir()).read_text()


def test_later_steps_need_a_batch(settings: Settings, query: Callable[..., list[tuple]]) -> None:
    with pytest.raises(LoaderError, match="nothing was loaded yet"):
        run(Order(("build",), dbt=GOOD), settings)
    assert query("select * from ops.runs") == []


def test_delivered_files_are_not_generated(settings: Settings, sample_batch: Path) -> None:
    with pytest.raises(LoaderError, match="there is nothing to generate"):
        run(Order(("generate",), DAY, sample_batch), settings)


REPORT_TABLES = """
create table ops.batch_counts (
    batch_date date, table_name text, delivered_count bigint, accepted_count bigint,
    quarantined_count bigint, resolved_count bigint
);
create table ops.row_warnings (table_name text, row_key text, code text, batch_date date);
create table mart.agg_daily_sales (
    full_date date primary key, transaction_count bigint, total_revenue numeric(14, 2)
);
insert into mart.agg_daily_sales values ('2026-11-21', 2, 10.50), ('2026-11-22', 1, 1234.25);
insert into ops.row_warnings values ('transactions', 'TXN1', 'before_registration', '2026-11-22'),
    ('transactions', 'TXN0', 'before_registration', '2026-11-21');
insert into ops.publications (logical_date, published_at) values ('2026-11-22', now());
insert into ops.publication_relations values (1, 'agg_daily_sales', 2, 2, 0);
"""


def test_report_tells_what_became_of_the_batch(
    staged: Settings, query: Callable[..., list[tuple]]
) -> None:
    with pytest.raises(LoaderError, match="2026-11-22 was not built yet"):
        run(Order(("report",)), staged)
    query(REPORT_TABLES)
    for table in ("customers", "products", "transactions", "transaction_items"):
        query(f"insert into ops.batch_counts values ('2026-11-22', '{table}', 5, 3, 2, 1)")
        rejected = f"quarantine.rejected_{table}"
        query(f"create table {rejected} (batch_date date, reasons text[], verdict text)")
        query(
            f"insert into {rejected} values ('2026-11-22', '{{not_null:x}}', 'open'),"
            " ('2026-11-22', '{not_null:x,length:y}', 'duplicate'), ('2026-11-20', '{z}', 'open')"
        )
    log = log_of(staged, run(Order(("report",)), staged))
    for said in (
        "transactions                 5           3           2           1           2",
        "quarantined  customers: not_null:x: 2",
        "warning      transactions: before_registration: 1",
        "Publication 1 of 2026-11-22: 2 rows in, 0 rows out",
        "Revenue of the day 1,234.25 in 1 transactions; of all days 1,244.75 in 3",
    ):
        assert said in log
    assert "customers: z" not in log  # the reason of an earlier batch's row
    assert '"revenue": "1244.75"' in (staged.exports_dir / "run_report.json").read_text()
