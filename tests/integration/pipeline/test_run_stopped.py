"""Runs side by side, stopped and killed: one at a time, and nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from factories.loaded import Query
from loader.config.settings import REPOSITORY, Settings
from loader.errors import LoaderError
from loader.pipeline.context import Order
from loader.pipeline.run import run

# What stands in for dbt: programs that end, fail or go on for ever.
GOOD = (sys.executable, "-c", "import sys; print('built', *sys.argv[1:])")
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
from loader.pipeline.run import run
from loader.config.settings import load_settings
from loader.pipeline.context import Order
child.STOP_SECONDS = 2
try:
    run(Order(("build",), dbt=(sys.executable, "-c", sys.argv[1])), load_settings())
except LoaderError as error:
    sys.exit(f"error: {error}")
"""


StartWrapper = Callable[..., tuple[subprocess.Popen[str], int]]


@pytest.fixture
def start_wrapper(staged: Settings) -> Iterator[StartWrapper]:
    """Start a run whose build goes on for ever; give its process and the child's id."""
    started: list[int] = []

    def start(prepare: str = "") -> tuple[subprocess.Popen[str], int]:
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


def test_second_run_is_refused_and_told_who_works(
    staged: Settings, start_wrapper: StartWrapper
) -> None:
    wrapper, _ = start_wrapper()
    with pytest.raises(LoaderError, match=f"another run is at work: run .*, process {wrapper.pid}"):
        run(Order(("build",), dbt=GOOD), staged)


def test_run_from_another_folder_on_the_same_database_is_refused(
    tmp_path: Path, start_wrapper: StartWrapper
) -> None:
    start_wrapper()
    with pytest.raises(LoaderError, match=r"at work on this database: loader run \d+T"):
        run(Order(("build",), dbt=GOOD), Settings(root=tmp_path / "elsewhere"))


def test_child_dies_with_a_killed_run_and_the_next_run_notes_it(
    staged: Settings,
    query: Query,
    start_wrapper: StartWrapper,
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
    staged: Settings, start_wrapper: StartWrapper
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


@pytest.mark.usefixtures("heard_signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_run_stops_its_child_and_is_recorded(
    query: Query,
    start_wrapper: StartWrapper,
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
    start_wrapper: StartWrapper,
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
    start_wrapper: StartWrapper,
) -> None:
    wrapper, child = start_wrapper(IGNORES_REQUESTS)
    wrapper.send_signal(signal.SIGTERM)
    assert wrapper.wait(60) == 1
    assert is_gone(child)
