"""Kill a run anywhere and run it again; run days in ways that must change nothing."""

import contextlib
import os
import signal
import subprocess
import time

import click
import psutil
import psycopg2
from days import query
from soaking import DAYS, Soak, day_run, done, loader, maintain, reset, row, state

from loader.cluster import Cluster

VICTIMS = ("tree", "wrapper", "dbt", "server")


def kill(soak: Soak, victim: str, wrapper: subprocess.Popen[str]) -> str:
    """Kill a part of the run, and return what it was doing."""
    doing = step_at_work()
    with contextlib.suppress(psutil.NoSuchProcess):
        if victim == "server":
            running = Cluster(soak.settings.server_dir).postmaster()
            os.kill(running.process_id, signal.SIGKILL)
        elif victim == "wrapper":
            wrapper.kill()
        else:
            children = psutil.Process(wrapper.pid).children(recursive=True)
            if victim == "dbt" and not children:
                victim = "tree"
            for child in children:
                child.kill()
            if victim == "tree":
                wrapper.kill()
    wrapper.communicate()
    return doing


def step_at_work() -> str:
    with contextlib.suppress(psycopg2.Error):
        running = query("select step from ops.steps where status = 'running'")
        return running[0][0] if running else "between steps"
    return "start"


def again(soak: Soak, day: str) -> tuple[int, str]:
    """Run a day again, waiting for what a killed run's programs may still hold."""
    for _ in range(20):
        code, output = done(*day_run(soak, day))
        if "still works" not in output:
            break
        time.sleep(1)
    return code, output


def kill_matrix(soak: Soak) -> None:
    """Kill a run at points spread over its time, run it again, and compare."""
    points = soak.points
    reset(soak)
    started = time.monotonic()
    code, output = done(*day_run(soak, DAYS[1]))
    seconds = time.monotonic() - started
    assert code == 0, output
    expected = state(soak)
    click.echo(f"\nUndisturbed: {len(expected)} tables and files, {seconds:.0f} s.\n")
    click.echo("| killed | after | while | run again | state |\n|---|---|---|---|---|")
    for number in range(points):
        victim = VICTIMS[number % len(VICTIMS)]
        delay = seconds * (number + 0.5) / points
        reset(soak)
        wrapper = loader(*day_run(soak, DAYS[1]))
        with contextlib.suppress(subprocess.TimeoutExpired):
            wrapper.wait(delay)
        doing = kill(soak, victim, wrapper)
        code, output = again(soak, DAYS[1])
        ended = soak.expect(code == 0, f"{victim} at {delay:.1f} s: {output[-2000:]}")
        same = state(soak) == expected
        identical = soak.expect(same, f"{victim} at {delay:.1f} s: another state")
        click.echo(
            f"| {victim} | {delay:.1f} s | {doing} | succeeded: {ended} | identical: {identical} |",
        )


def dates(soak: Soak) -> None:
    """Run a day again, an older one, two at once, with a full refresh, and from the archive."""
    click.echo("\n| what | outcome |\n|---|---|")
    reset(soak)
    done(*day_run(soak, DAYS[1]))
    expected = state(soak)
    done(*day_run(soak, DAYS[1]))
    row(soak, "the same date again", state(soak) == expected, "identical")
    code, output = done(*day_run(soak, DAYS[0]))
    is_refused = code == 1 and "is older than the newest one" in output
    row(soak, "an older date", is_refused and state(soak) == expected, "refused, identical")
    first = loader(*day_run(soak, DAYS[1]))
    time.sleep(3)
    code, output = done(*day_run(soak, DAYS[1]))
    first.communicate()
    is_named = code == 1 and "another run is at work: run " in output
    is_fine = is_named and first.returncode == 0 and state(soak) == expected
    row(soak, "two runs at once", is_fine, "one works, the other names it")
    os.environ["DBT_FULL_REFRESH"] = "true"
    done("run", "build", "export")
    del os.environ["DBT_FULL_REFRESH"]
    row(soak, "`--full-refresh`", state(soak) == expected, "identical")
    maintain(soak, "drop database shop with (force)", "create database shop")
    code, output = done("replay")
    soak.expect(code == 0, f"replay: {output[-2000:]}")
    row(soak, "replay into an empty database", state(soak) == expected, "identical")
