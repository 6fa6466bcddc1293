"""Timers of systemd and cron: installed, removed, and with the settings of their file."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from loader.config.environment import apply_environment, read_environment
from loader.config.settings import REPOSITORY, Settings
from loader.errors import LoaderError
from loader.scheduling import timers


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
    monkeypatch.setenv("SHOP_PASSWORD_COMMAND", "print s3cret")
    monkeypatch.setenv("PGPASSWORD", "s3cret")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
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
    assert 'Environment="PGSSLMODE=verify-full"' in service
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


def test_machine_without_either_is_told_what_to_do(
    settings: Settings, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(LoaderError, match=r"keep \.venv/bin/loader schedule running"):
        timers.install(settings)
