"""What nobody watches waits for its turn, and a failure is told."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from factories.loaded import batch
from factories.receivers import Webhook
from loader.config.settings import REPOSITORY, Settings
from loader.history.lock import run_lock
from loader.monitoring.checks import problems
from loader.monitoring.collect import collect


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "loader", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    "command",
    [("backup", "create"), ("prune",), ("run", "load", "--wait", "--date", "2026-11-23")],
)
def test_command_waits_for_the_run_at_work_and_says_so(
    staged: Settings, take_in: Callable[[], None], tmp_path: Path, command: tuple[str, ...]
) -> None:
    take_in()
    landing = ("--landing", str(batch(tmp_path / "in"))) if "run" in command else ()
    with run_lock(staged, "a long run", "build"):
        waiting = start(*command, *landing)
        assert waiting.stderr
        said = waiting.stderr.readline()
        assert said.startswith("waits, 360 minutes at most: another run is at work: run a long run")
        time.sleep(0.2)
        assert waiting.poll() is None
    output, error = waiting.communicate(timeout=60)
    assert (waiting.returncode, error) == (0, ""), output


def test_failed_backup_is_told_until_one_succeeds(
    staged: Settings, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_ALERT_URLS", webhook.url)
    (staged.root / "file").touch()

    def found() -> list[tuple[str, str, str]]:
        now = Settings(root=staged.root)
        return [
            (problem.key, problem.cause, problem.command) for problem in problems(collect(now), now)
        ]

    with run_lock(staged, "r1", "build"):
        busy = start("backup", "create", SHOP_LOCK_WAIT="0")
        assert busy.wait() == 1
    ((key, cause, command),) = found()
    assert (key, command) == ("command backup", "make backup")
    assert cause.startswith("another run is at work: run r1")
    start("status", "--alert").communicate()
    no_folder = start("backup", "create", SHOP_BACKUP_DIR=str(staged.root / "file" / "backups"))
    assert no_folder.wait() == 1
    assert found()[0][0] == "command backup"
    assert start("backup", "create").wait() == 0
    assert found() == []
    start("status", "--alert").communicate()
    alert, clear = webhook.titles
    assert alert.startswith("shop: degraded: backup failed on ")
    assert clear.startswith("shop: all clear: backup failed on ")
