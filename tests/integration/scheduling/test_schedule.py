"""The daily run by itself: which days, in order, one at a time, stopped in order; and timers."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from factories.receivers import Webhook
from factories.shops import text_of
from loader.errors import LoaderError
from loader.routine import load_routine
from loader.scheduling import timers
from loader.scheduling.schedule import CatchUp, due_day
from loader.settings import REPOSITORY, Settings

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
    return CatchUp(settings, load_routine(settings), command(then), say=lambda _: None)


def done(query: Callable[..., list[tuple]], day: str) -> None:
    query(
        f"insert into ops.runs values ('r{day}', '{day}', 'report', now(), now(), 'succeeded');"
        "insert into ops.steps (run_id, step, started_at, status)"
        f" values ('r{day}', 'report', now(), 'succeeded')"
    )


def loaded(query: Callable[..., list[tuple]], day: str) -> None:
    query(f"insert into ops.loads values (1, 'customers', '{day}', 'f', 0, '', 0, now(), null)")


@pytest.mark.parametrize(
    ("now", "due"),
    [("2026-11-22 20:44", "2026-11-21"), ("2026-11-22 20:45", "2026-11-22")],
)
def test_day_that_is_due_follows_hour_and_zone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, now: str, due: str
) -> None:
    monkeypatch.setenv("SHOP_TIME_ZONE", "Asia/Kolkata")  # 02:15 there is 20:45 UTC
    routine = load_routine(settings)
    moment = datetime.fromisoformat(f"{now}+00:00").astimezone(routine.time_zone)
    assert due_day(routine, moment).isoformat() == due


def test_first_run_is_of_the_day_that_is_due(
    settings: Settings, query: Callable[..., list[tuple]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert query
    monkeypatch.setenv("SHOP_LANDING", "/drop/{date}/files")
    assert catch_up(settings).run(date(2026, 11, 22))
    assert notes(settings) == ["run --date 2026-11-22 --landing /drop/2026-11-22/files"]


def test_missed_days_are_caught_up_in_order_and_a_day_that_is_done_is_not_repeated(
    settings: Settings, query: Callable[..., list[tuple]]
) -> None:
    loaded(query, "2026-11-18")
    done(query, "2026-11-18")
    assert catch_up(settings).run(date(2026, 11, 21))
    assert notes(settings) == [f"run --date 2026-11-{day}" for day in (19, 20, 21)]
    assert catch_up(settings).run(date(2026, 11, 18))
    assert len(notes(settings)) == 3


def test_day_that_failed_comes_first_and_holds_up_those_after_it(
    settings: Settings,
    query: Callable[..., list[tuple]],
    webhook: Webhook,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHOP_ALERT_URLS", webhook.url)
    loaded(query, "2026-11-18")
    fails = catch_up(settings, "sys.exit('2026-11-19' in sys.argv)")
    assert not fails.run(date(2026, 11, 21))
    assert notes(settings) == ["run --date 2026-11-18", "run --date 2026-11-19"]
    assert webhook.titles == ["shop: critical: the run of 2026-11-19 could not start"]


def test_stop_ends_the_run_at_work_in_order_and_starts_no_other(
    settings: Settings, query: Callable[..., list[tuple]]
) -> None:
    loaded(query, "2026-11-18")
    endless = catch_up(settings, "time.sleep(600)")
    work = threading.Thread(target=endless.run, args=(date(2026, 11, 21),))
    work.start()
    wait_for(lambda: notes(settings))
    endless.stop()
    work.join(20)
    assert not work.is_alive()
    assert notes(settings) == ["run --date 2026-11-18", "stopped in order"]


def test_waiting_process_catches_up_tells_and_stops_in_order(
    settings: Settings, query: Callable[..., list[tuple]], webhook: Webhook, tmp_path: Path
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


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a folder of stand-ins before the machine's programs, so that nothing is installed."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return folder


def stand_in(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_timer_is_installed_and_removed_with_systemd(
    settings: Settings, programs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SHOP_TIME_ZONE", "Asia/Kolkata")
    monkeypatch.setenv("SHOP_SCHEDULE", "03:30")
    monkeypatch.setenv("SHOP_LANDING", "/the drop/100%/{date}")
    monkeypatch.setenv("SHOP_ALERT_URLS", "json://user:s3cret@example.com")
    monkeypatch.setenv("SHOP_LOADER_PASSWORD", "s3cret")
    monkeypatch.setenv("PGPASSWORD", "s3cret")
    stand_in(programs / "systemctl", f'echo "$@" >> {programs}/calls')
    said = timers.install(settings, load_routine(settings))
    name = timers.unit_name(settings)
    assert f"{name}-daily.timer" in said
    folder = tmp_path / "config" / "systemd" / "user"
    written = {path.name: path.read_text() for path in folder.iterdir()}
    assert sorted(written) == sorted(
        f"{name}-{kind}" for kind in
        ("daily.service", "daily.timer", "watch.service", "watch.timer")
    )  # fmt: skip
    assert (
        "OnCalendar=*-*-* 03:30:00 Asia/Kolkata\nPersistent=true" in written[f"{name}-daily.timer"]
    )
    service = written[f"{name}-daily.service"]
    assert f"OnFailure={name}-watch.service" in service
    assert 'Environment="SHOP_LANDING=/the drop/100%%/{date}"' in service
    assert "s3cret" not in "".join(written.values())
    calls = (programs / "calls").read_text()
    assert f"--user enable --now {name}-daily.timer {name}-watch.timer" in calls

    if analyze := shutil.which("systemd-analyze"):
        verified = subprocess.run(
            [analyze, "verify", "--user", *folder.iterdir()],
            env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (verified.returncode, verified.stderr) == (0, "")

    stand_in(programs / "crontab", "exit 1")
    assert f"{name}-watch.timer" in timers.remove(settings)
    assert list(folder.iterdir()) == []
    assert timers.remove(settings) == "nothing was installed"


def test_crontab_gets_two_lines_keeps_what_others_wrote_and_gives_them_back(
    settings: Settings, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_LANDING", "/drop/50%/{date}")
    monkeypatch.setenv("PGPASSWORD", "s3cret")
    table = programs / "table"
    table.write_text("0 1 * * * backup\n")
    stand_in(programs / "systemctl", "exit 1")
    stand_in(programs / "crontab", f'[ "$1" = -l ] && cat {table} || cat > {table}')
    for _ in range(2):
        assert "crontab" in timers.install(settings, load_routine(settings))
    lines = table.read_text().splitlines()
    assert lines[0] == "0 1 * * * backup"
    assert len(lines) == 5
    assert lines[2].startswith("15 2 * * * cd ")
    assert "SHOP_LANDING='/drop/50\\%/{date}'" in lines[2]
    assert "schedule --once" in lines[2]
    assert lines[3].startswith("*/15 * * * * ")
    assert "s3cret" not in table.read_text()
    timers.remove(settings)
    assert table.read_text() == "0 1 * * * backup\n"


def test_line_of_the_crontab_does_what_it_should_in_a_shell(settings: Settings) -> None:
    (settings.root / ".environment").write_text("SHOP_MIN_SCORE=nonsense\n")
    watch = timers.cron_lines(settings, load_routine(settings))[2]
    shell = watch.split(" ", 5)[5].replace("\\%", "%")
    ran = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "SHOP_MIN_SCORE is 'nonsense'" in ran.stderr  # the file of secrets was read


def test_cron_is_refused_where_its_clock_is_another(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = datetime.now().astimezone().utcoffset()
    zone = "Asia/Kolkata" if here != datetime.now(UTC).utcoffset() else "Pacific/Auckland"
    monkeypatch.setenv("SHOP_TIME_ZONE", zone)
    with pytest.raises(LoaderError, match="cron starts runs by the machine's clock"):
        timers.cron_lines(settings, load_routine(settings))


def test_machine_without_either_is_told_what_to_do(
    settings: Settings, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(LoaderError, match=r"keep \.venv/bin/loader schedule running"):
        timers.install(settings, load_routine(settings))
