"""The run: its steps in order, on the record, with a log and a report."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from factories.loaded import Query
from factories.shops import DAY, text_of
from loader.config.settings import Settings
from loader.database import server
from loader.dbt.program import DBT
from loader.errors import LoaderError
from loader.generator.settings import ShopChoice
from loader.history import lock
from loader.pipeline import steps
from loader.pipeline.context import Order
from loader.pipeline.run import run

# What stands in for dbt: programs that end, fail or go on for ever.
GOOD = (sys.executable, "-c", "import sys; print('built', *sys.argv[1:])")
BAD = (
    sys.executable,
    "-c",
    r"print('1 of 2 ERROR\n  DETAIL:  Key (email)=(someone) exists.'); raise SystemExit(1)",
)


def log_of(settings: Settings, run_id: str) -> str:
    return text_of(settings.logs_dir / f"{run_id}.jsonl")


def test_run_is_recorded_and_logged(settings: Settings, query: Query, sample_batch: Path) -> None:
    run_id = run(Order(("load", "build"), DAY, sample_batch, GOOD), settings)
    assert query("select run_id, logical_date, command, status, error from ops.runs") == [
        (run_id, DAY, "load build", "succeeded", None)
    ]
    recorded = "select step, attempt, status, rows_in, accepted, rejected, error from ops.steps"
    assert query(f"{recorded} order by started_at") == [
        ("load", 1, "succeeded", 5, 5, 0, None),
        ("build", 1, "succeeded", None, None, None, None),
    ]
    times = query("select started_at, ended_at from ops.steps order by started_at")
    assert sorted(sum(times, ())) == list(sum(times, ()))  # each ends before the next starts
    assert query("select distinct run_id from ops.loads") == [(run_id,)]
    log = log_of(settings, run_id)
    assert "[1/2] load" in log
    assert "\nbuilt build" in log
    assert log.endswith("succeeded\n")
    assert (settings.logs_dir / f"{run_id}.jsonl").stat().st_mode & 0o077 == 0


def test_steps_run_in_their_own_order(settings: Settings, staged: Settings) -> None:
    run_id = run(Order(("publish", "build"), dbt=GOOD), settings)
    log = log_of(staged, run_id)
    assert log.index("built build") < log.index("built run-operation publish")


def test_failed_build_stops_the_run(staged: Settings, query: Query) -> None:
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
    assert "failed: dbt build" in text_of(path)


def test_child_finds_the_database_and_the_run(staged: Settings) -> None:
    names = ["SHOP_RUN_ID", "PGHOST", "PGDATABASE", "DBT_SEND_ANONYMOUS_USAGE_STATS"]
    show = f"import os; print(os.getcwd(), *(os.environ[name] for name in {names}))"
    run_id = run(Order(("build",), dbt=(sys.executable, "-c", show)), staged)
    expected = [staged.dbt_dir, run_id, os.environ["PGHOST"], os.environ["PGDATABASE"], "false"]
    assert " ".join(map(str, expected)) in log_of(staged, run_id)


def test_run_can_follow_while_the_session_of_the_one_before_ends(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = []

    class Ending:
        """A session that the server has not ended yet when its client is done with it."""

        def __init__(self, settings: Settings, role: str | None) -> None:
            sessions.append(connect(settings, role))
            self.cursor = sessions[-1].cursor

        def close(self) -> None:
            """Do nothing."""

    connect = server.connect
    monkeypatch.setattr(server, "connect", Ending)
    for number in range(2):
        with lock.run_lock(settings, f"run {number}", "build"):
            assert len(sessions) == number + 1
    for session in sessions:
        session.close()


def test_dbt_is_the_one_of_this_python() -> None:
    done = subprocess.run([*DBT, "--version"], capture_output=True, text=True, check=True)
    assert "installed" in done.stdout


def test_bug_is_recorded_and_shown(
    staged: Settings, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(steps.STEPS, "build", fail)
    with pytest.raises(ZeroDivisionError):
        run(Order(("build",)), staged)
    assert ("failed", "bug: ZeroDivisionError") in query("select status, error from ops.runs")


def test_first_run_generates_history_and_later_ones_what_came_since(
    settings: Settings, query: Query, take_in: Callable[[], None]
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


def test_another_shop_than_that_of_the_day_before_is_warned_of(
    staged: Settings, take_in: Callable[[], None]
) -> None:
    take_in()
    run(Order(("generate", "load"), date(2026, 11, 23)), staged)
    take_in()
    tiny = ShopChoice("tiny", seed=7)
    second = run(Order(("generate", "load"), date(2026, 11, 24), shop=tiny), staged)
    assert "was generated with another preset, another seed, another shop" in log_of(staged, second)


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
    settings: Settings, query: Query, sample_batch: Path
) -> None:
    command = [sys.executable, "-m", "loader", "run", "load", "--date", "2026-11-22", "--landing"]
    started = subprocess.Popen([*command, str(sample_batch)], stdout=subprocess.PIPE)
    assert started.stdout
    started.stdout.close()
    assert started.wait() == 0
    assert query("select status from ops.runs") == [("succeeded",)]
    assert "load done" in text_of(next(settings.logs_dir.glob("*.jsonl")))


def test_later_steps_need_a_batch(settings: Settings, query: Query) -> None:
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


def test_report_tells_what_became_of_the_batch(staged: Settings, query: Query) -> None:
    with pytest.raises(LoaderError, match="2026-11-22 was not built yet"):
        run(Order(("report",)), staged)
    query(REPORT_TABLES)
    for table in ("customers", "products", "transactions", "transaction_items"):
        query(f"insert into ops.batch_counts values ('2026-11-22', '{table}', 5, 3, 2, 1)")
        rejected = f"quarantine.rejected_{table}"
        query(
            f"create table {rejected}"
            " (batch_date date, line_number int, reasons text[], status text)"
        )
        query(
            f"insert into {rejected} values ('2026-11-22', 7, '{{not_null:x}}', 'open'),"
            " ('2026-11-22', 5, '{not_null:x,length:y}', 'duplicate'),"
            " ('2026-11-20', 2, '{z}', 'open')"
        )
    log = log_of(staged, run(Order(("report",)), staged))
    for said in (
        "transactions                 5           3           2           1           2",
        "quarantined  customers: not_null:x: 2 (line 5, 7)",
        "warning      transactions: before_registration: 1",
        "Publication 1 of 2026-11-22: 2 rows in, 0 rows out",
        "Revenue of the day 1,234.25 in 1 transactions; of all days 1,244.75 in 3",
    ):
        assert said in log
    assert "customers: z" not in log  # the reason of an earlier batch's row
    assert '"revenue": "1244.75"' in (staged.exports_dir / "run_report.json").read_text()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])
def test_date_of_a_new_batch_is_that_of_the_shops_zone(
    settings: Settings, query: Query, sample_batch: Path, zone: str
) -> None:
    settings = settings.model_copy(update={"time_zone": ZoneInfo(zone)})
    run(Order(("load",), landing=sample_batch), settings)
    today = datetime.now(ZoneInfo(zone)).date()
    assert query("select distinct batch_date from ops.loads") == [(today,)]
