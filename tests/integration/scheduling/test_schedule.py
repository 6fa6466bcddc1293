"""The daily run by itself: which days, in order, one at a time, and stopped in order."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from factories.loaded import Query
from factories.receivers import Webhook
from factories.shops import text_of
from loader.config.settings import REPOSITORY, Settings
from loader.scheduling import schedule
from loader.scheduling.schedule import CatchUp, due_day

NOTES = """
import os, signal, sys, time
def stop(*_):
    print("stopped in order", file=notes)
    sys.exit(1)
notes = open(os.path.join(os.environ["SHOP_ROOT"], "notes"), "a", buffering=1)
signal.signal(signal.SIGTERM, stop)
print(*sys.argv[1:], file=notes)
"""


def command(then: str = "") -> tuple[str, ...]:
    """Return a program in place of the loader that notes how it was called."""
    return (sys.executable, "-c", NOTES + then)


def notes(settings: Settings) -> list[str]:
    path = settings.root / "notes"
    return path.read_text().splitlines() if path.exists() else []


def catch_up(settings: Settings, then: str = "") -> CatchUp:
    return CatchUp(settings, command(then), say=lambda _: None)


def done(query: Query, day: str) -> None:
    steps = ", ".join(
        f"('r{day}', '{step}', clock_timestamp(), 'succeeded')"
        for step in ("export", "dashboard", "report")
    )
    query(
        f"insert into ops.runs values ('r{day}', '{day}', 'build', now(), now(), 'succeeded');"
        f"insert into ops.publications (logical_date, published_at) values ('{day}', now());"
        f"insert into ops.steps (run_id, step, started_at, status) values {steps}"
    )


def loaded(query: Query, day: str, load_id: int = 1) -> None:
    values = f"{load_id}, 'customers', '{day}', 'f', 0, '', 0, now(), null"
    query(f"insert into ops.loads values ({values})")


@pytest.mark.parametrize(
    ("now", "due"),
    [("2026-11-22 20:44", "2026-11-21"), ("2026-11-22 20:45", "2026-11-22")],
)
def test_day_that_is_due_follows_hour_and_zone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, now: str, due: str
) -> None:
    monkeypatch.setenv("SHOP_TIME_ZONE", "Asia/Kolkata")  # 02:15 there is 20:45 UTC
    settings = Settings(root=settings.root)
    moment = datetime.fromisoformat(f"{now}+00:00").astimezone(settings.zone)
    assert due_day(settings, moment).isoformat() == due


@pytest.mark.usefixtures("query")
def test_first_run_is_of_the_day_that_is_due(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_LANDING", "/drop/{date}/files")
    assert catch_up(Settings(root=settings.root)).run(date(2026, 11, 22))
    assert notes(settings) == ["run --wait --date 2026-11-22 --landing /drop/2026-11-22/files"]


def test_missed_days_are_caught_up_in_order_and_a_day_that_is_done_is_not_repeated(
    settings: Settings, query: Query
) -> None:
    loaded(query, "2026-11-18")
    done(query, "2026-11-18")
    assert catch_up(settings).run(date(2026, 11, 21))
    assert notes(settings) == [f"run --wait --date 2026-11-{day}" for day in (19, 20, 21)]
    assert catch_up(settings).run(date(2026, 11, 18))
    assert len(notes(settings)) == 3


def test_corrected_batch_that_was_not_built_is_not_taken_for_done(
    settings: Settings, query: Query
) -> None:
    loaded(query, "2026-11-18")
    done(query, "2026-11-18")
    loaded(query, "2026-11-18", load_id=2)
    assert catch_up(settings).run(date(2026, 11, 18))
    assert notes(settings) == ["run --wait --date 2026-11-18"]


@pytest.mark.parametrize("lacking", ["ops.publications", "ops.steps where step = 'export'"])
def test_report_alone_does_not_make_a_day_done(
    settings: Settings, query: Query, lacking: str
) -> None:
    loaded(query, "2026-11-18")
    done(query, "2026-11-18")
    query(f"delete from {lacking}")
    assert catch_up(settings).run(date(2026, 11, 18))
    assert notes(settings) == ["run --wait --date 2026-11-18"]


def test_schedule_says_why_there_is_nothing_to_do(settings: Settings, query: Query) -> None:
    said: list[str] = []
    loaded(query, "2026-11-18")
    done(query, "2026-11-18")
    for day in (18, 17):
        CatchUp(settings, command(), say=said.append).run(date(2026, 11, day))
    newest = "and the newest batch is of 2026-11-18"
    assert said == [
        "nothing to do: 2026-11-18 has run",
        f"nothing to do: 2026-11-17 was never loaded, {newest}: dates never go back",
    ]
    assert notes(settings) == []


@pytest.mark.usefixtures("query")
def test_lost_session_is_no_traceback_and_the_day_runs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_RETRY_WAIT", "0.01")
    asked = schedule.pending_days

    def ended_once(connection: Connection, _due: date) -> list[date]:
        monkeypatch.setattr(schedule, "pending_days", asked)
        connection.cursor().execute("select pg_terminate_backend(pg_backend_pid())")
        return []

    monkeypatch.setattr(schedule, "pending_days", ended_once)
    assert catch_up(settings).run(date(2026, 11, 22))
    assert notes(settings) == ["run --wait --date 2026-11-22"]


def test_day_that_failed_comes_first_and_holds_up_those_after_it(
    settings: Settings,
    query: Query,
    webhook: Webhook,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHOP_ALERT_URLS", webhook.url)
    loaded(query, "2026-11-18")
    fails = catch_up(settings, "sys.exit('2026-11-19' in sys.argv)")
    assert not fails.run(date(2026, 11, 21))
    assert notes(settings) == ["run --wait --date 2026-11-18", "run --wait --date 2026-11-19"]
    assert webhook.titles == ["shop: critical: the run of 2026-11-19 could not start"]


def test_stop_ends_the_run_at_work_in_order_and_starts_no_other(
    settings: Settings, query: Query
) -> None:
    loaded(query, "2026-11-18")
    endless = catch_up(settings, "time.sleep(600)")
    work = threading.Thread(target=endless.run, args=(date(2026, 11, 21),))
    work.start()
    wait_for(lambda: notes(settings))
    endless.stop()
    work.join(20)
    assert not work.is_alive()
    assert notes(settings) == ["run --wait --date 2026-11-18", "stopped in order"]


def test_waiting_process_catches_up_tells_and_stops_in_order(
    settings: Settings, query: Query, webhook: Webhook, tmp_path: Path
) -> None:
    """The real thing, in the foreground, with files that were not delivered."""
    process = subprocess.Popen(
        [sys.executable, "-m", "loader", "schedule"],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "SHOP_ALERT_URLS": webhook.url,
            "SHOP_LANDING": str(tmp_path / "drop" / "{date}"),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(lambda: webhook.titles)
        (title,) = webhook.titles
        assert title.startswith("shop: critical: step load of the run of ")
        assert query("select status from ops.runs") == [("failed",)]
        (log,) = settings.logs_dir.glob("*.jsonl")
        assert "is not a folder" in text_of(log)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "waiting: the run of 1 days before starts every day at 02:15" in said
    assert said.endswith("stopped\n")


def wait_for(is_so: Callable[[], object], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)
