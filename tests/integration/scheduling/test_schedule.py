"""The daily run by itself: which days, in order, one at a time, stopped in order; and timers."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import zoneinfo
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from factories.loaded import Query
from factories.receivers import Webhook
from factories.shops import text_of
from loader.config import zones
from loader.config.environment import apply_environment, read_environment
from loader.config.settings import REPOSITORY, Settings
from loader.errors import LoaderError
from loader.scheduling import schedule, timers
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
    settings = Settings(root=settings.root)
    said = timers.install(settings)
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
        assert "crontab" in timers.install(settings)
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


def from_cron(settings: Settings) -> list[str]:
    """Return the shell command of the watch, with which cron would start it."""
    watch = timers.cron_lines(settings)[2]
    return ["sh", "-c", watch.split(" ", 5)[5].replace("\\%", "%")]


def from_systemd(settings: Settings) -> list[str]:
    """Return the watch's program with the environment that its unit gives it."""
    service = timers.units(settings)[f"{timers.unit_name(settings)}-watch.service"]
    lines = dict(line.split("=", 1) for line in service.splitlines() if line.startswith("Exec"))
    given = [
        line.removeprefix('Environment="').removesuffix('"')
        for line in service.splitlines()
        if line.startswith("Environment=")
    ]
    return ["env", *given, *shlex.split(lines["ExecStart"])]


@pytest.mark.parametrize("start", [from_cron, from_systemd])
@pytest.mark.parametrize("written", ["{}", "'{}'", '"{}"', "  {}  "])
def test_file_of_secrets_means_the_same_to_cron_and_systemd(
    settings: Settings,
    tmp_path: Path,
    start: Callable[[Settings], list[str]],
    written: str,
) -> None:
    told = tmp_path / "a&b $HOME 'c' \\d;#%e"
    url = f"file://{quote(str(tmp_path))}/a&b%20$HOME%20'c'%20%5Cd;%23%25e"
    secrets = f"# secrets\n\nSHOP_EXPECT_BY=00:00\nSHOP_ALERT_URLS={written.format(url)}\n"
    (settings.root / ".environment").write_text(secrets)
    ran = subprocess.run(
        start(settings),
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (5, "")
    assert "it does not run" in told.read_text()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A=1", {"A": "1"}),
        ("A=b=c", {"A": "b=c"}),
        ("A=", {"A": ""}),
        ("A='it''s'", {"A": "it''s"}),
        ("A='", {"A": "'"}),
        ("A='b\"", {"A": "'b\""}),
        ('A="b c"', {"A": "b c"}),
        ("A=b # c", {"A": "b # c"}),
        ("\ufeffA=1\r\n\r\n# B=2\r\n", {"A": "1"}),
        ("A=1\nA=2", {"A": "2"}),
    ],
)
def test_value_is_what_stands_behind_the_first_sign(
    settings: Settings, text: str, found: dict[str, str]
) -> None:
    assert read_environment(settings.root) == {}
    (settings.root / ".environment").write_text(text, encoding="utf-8", newline="")
    assert read_environment(settings.root) == found


@pytest.mark.parametrize("line", ["s3cret", "export A=s3cret", "A =s3cret", "1A=s3cret", "=s3cret"])
def test_line_that_is_no_setting_is_refused_by_number_and_not_told(
    settings: Settings, line: str
) -> None:
    (settings.root / ".environment").write_text(f"A=1\n{line}\n")
    with pytest.raises(LoaderError, match=r"\.environment, line 2: write NAME=value") as refused:
        read_environment(settings.root)
    assert "s3cret" not in str(refused.value)


def test_environment_of_the_command_comes_before_the_file(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.root / ".environment").write_text("SHOP_MIN_SCORE=1\nSHOP_MIN_DISK_PCT=2\n")
    monkeypatch.setenv("SHOP_MIN_SCORE", "50")
    monkeypatch.delenv("SHOP_MIN_DISK_PCT", raising=False)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    apply_environment()
    settings = Settings(root=settings.root)
    assert (settings.min_score, settings.min_disk_pct) == (50, 2)
    # what the file says stays there, and may change without make schedule
    assert "SHOP_MIN_DISK_PCT" not in timers.environment(settings)
    assert timers.environment(settings)["SHOP_MIN_SCORE"] == "50"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return a function that gives the machine a zone, and the path of its link."""
    monkeypatch.delenv("TZ", raising=False)
    link = tmp_path / "localtime"
    monkeypatch.setattr(zones, "LOCALTIME", link)
    monkeypatch.setattr(zones, "TIMEZONE", tmp_path / "timezone")

    def set_zone(name: str) -> Path:
        link.symlink_to(zone_file(name))
        return link

    return set_zone


def zone_file(name: str) -> Path:
    return next(path for folder in zoneinfo.TZPATH if (path := Path(folder) / name).exists())


@pytest.mark.parametrize(
    ("zone", "of_machine", "is_refused"),
    [
        ("UTC", "Europe/London", True),  # the same in winter
        ("Europe/London", "Etc/UTC", True),
        ("Asia/Kolkata", "Etc/UTC", True),
        ("Europe/Lisbon", "Europe/London", False),  # the same all year
        ("UTC", "Etc/UTC", False),
        ("", "Europe/London", False),
    ],
)
def test_cron_is_refused_where_its_clock_is_another_at_some_time_of_the_year(
    settings: Settings,
    machine: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    of_machine: str,
    *,
    is_refused: bool,
) -> None:
    machine(of_machine)
    monkeypatch.setenv("SHOP_TIME_ZONE", zone)
    settings = Settings(root=settings.root)
    if not is_refused:
        assert timers.cron_lines(settings)
        return
    with pytest.raises(LoaderError, match=f"by the machine's clock, {of_machine}, and the shop's"):
        timers.cron_lines(settings)


def test_zone_of_a_login_is_not_the_one_of_cron_and_is_told_to_systemd(
    settings: Settings, machine: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine("Etc/UTC")
    monkeypatch.delenv("SHOP_TIME_ZONE", raising=False)
    monkeypatch.setenv("TZ", "America/New_York")
    settings = Settings(root=settings.root)
    with pytest.raises(LoaderError, match="shop's, America/New_York, does not show the same"):
        timers.cron_lines(settings)
    units = "".join(timers.units(settings).values())
    assert "OnCalendar=*-*-* 02:15:00 America/New_York" in units
    assert 'Environment="SHOP_TIME_ZONE=America/New_York"' in units


def test_zone_of_the_machine_is_found_by_its_rules(
    settings: Settings,
    machine: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert zones.machine_zone() is UTC  # neither a link nor a file
    link = machine("Europe/London")
    assert zones.zone_name(zones.machine_zone()) == "Europe/London"
    link.unlink()
    shutil.copy(zone_file("Europe/London"), link)
    assert zones.are_same(zones.machine_zone(), zoneinfo.ZoneInfo("Europe/London"))
    (tmp_path / "timezone").write_text("Europe/London\n")
    assert zones.zone_name(zones.machine_zone()) == "Europe/London"
    (tmp_path / "timezone").write_text("Asia/Kolkata\n")  # left over from another zone
    assert zones.are_same(zones.machine_zone(), zoneinfo.ZoneInfo("Europe/London"))
    for name, zone in ((":Asia/Kolkata", "Asia/Kolkata"), ("", "UTC")):
        monkeypatch.setenv("TZ", name)
        assert zones.zone_name(settings.zone) == zone
    monkeypatch.setenv("TZ", "XYZ+3")
    with pytest.raises(LoaderError, match="TZ is 'XYZ\\+3', which is no zone's name"):
        _ = settings.zone


@pytest.mark.parametrize("hour", ["00:30", "01:30", "02:15"])
@pytest.mark.parametrize("change", ["2026-03-29", "2026-10-25"])
def test_every_day_runs_once_across_the_changes_of_the_clock(
    settings: Settings,
    machine: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    hour: str,
    change: str,
) -> None:
    """On 29 March 01:30 is no time in London, on 25 October it comes twice."""
    machine("Europe/London")
    monkeypatch.delenv("SHOP_TIME_ZONE", raising=False)
    monkeypatch.setenv("SHOP_SCHEDULE", hour)
    settings = Settings(root=settings.root)
    midnight = datetime.fromisoformat(f"{change}T00:00").replace(tzinfo=settings.zone)
    moment = last = (midnight - timedelta(days=2)).astimezone(settings.zone)
    due: list[date] = []
    clock = set()
    while fired := schedule.daily_trigger(settings).get_next_fire_time(last, moment):
        if fired >= midnight + timedelta(days=3):
            break
        here = fired.astimezone(zoneinfo.ZoneInfo("Europe/London"))
        if hour != "01:30" or here.date() != midnight.date():
            clock.add(f"{here:%H:%M}")
        day = due_day(settings, fired.astimezone(settings.zone))
        due += [] if due[-1:] == [day] else [day]
        last, moment = (
            fired,
            (fired.astimezone(UTC) + timedelta(seconds=1)).astimezone(settings.zone),
        )
    assert clock == {hour}  # before the change and after it
    first = date.fromisoformat(change) - timedelta(days=3)
    assert due == [first + timedelta(days=ahead) for ahead in range(5)]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-29T00:59+00:00", "2026-03-27"),
        ("2026-03-29T01:00+00:00", "2026-03-28"),  # 02:00, and 01:30 was left out
        ("2026-10-25T00:29+00:00", "2026-10-23"),
        ("2026-10-25T00:30+00:00", "2026-10-24"),  # 01:30 for the first time
        ("2026-10-25T01:10+00:00", "2026-10-24"),  # 01:10 for the second time
    ],
)
def test_day_that_is_due_never_goes_back_at_a_change_of_the_clock(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, now: str, due: str
) -> None:
    monkeypatch.setenv("SHOP_TIME_ZONE", "Europe/London")
    monkeypatch.setenv("SHOP_SCHEDULE", "01:30")
    settings = Settings(root=settings.root)
    moment = datetime.fromisoformat(now).astimezone(settings.zone)
    assert due_day(settings, moment).isoformat() == due


def test_machine_without_either_is_told_what_to_do(
    settings: Settings, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(LoaderError, match=r"keep \.venv/bin/loader schedule running"):
        timers.install(settings)
