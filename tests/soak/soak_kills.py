"""Kill a run anywhere and run it again; run days in ways that must change nothing."""

import contextlib
import os
import signal
import subprocess
import time

import click
import psutil
import psycopg2

from factories.days import query
from loader.database.embedded.cluster import Cluster
from soak.soaking import DAYS, Soak, day_run, done, loader, maintain, reset, row, state

VICTIMS = ("tree", "wrapper", "dbt", "server")
# In which step a run is killed, from which share of the step's time to which, and how often. Short
# steps count for more than their time; the last quarter of a build is audit and publication.
KILLS = (
    ("load", 0, 1, 8),
    ("build", 0, 0.75, 12),
    ("build", 0.75, 1, 12),
    ("export", 0, 1, 8),
)


def kill(soak: Soak, victim: str, wrapper: subprocess.Popen[str]) -> str:
    """Kill a part of the run, and return what it was doing."""
    doing = step_at_work()
    with contextlib.suppress(psutil.NoSuchProcess):
        if victim == "server":
            running = Cluster(soak.settings.server_dir).postmaster()
            assert running
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


def points(count: int) -> list[tuple[str, float]]:
    """Return steps and shares of their time, all of KILLS or `count` of them."""
    every = [
        (step, first + (last - first) * (number + 0.5) / times)
        for step, first, last, times in KILLS
        for number in range(times)
    ]
    return [every[number * len(every) // count] for number in range(min(count, len(every)))]


def wait_for(step: str, wrapper: subprocess.Popen[str]) -> None:
    while step_at_work() != step and wrapper.poll() is None:
        time.sleep(0.002)


def again(soak: Soak, day: str) -> tuple[int, str]:
    """Run a day again, waiting for what a killed run's programs may still hold."""
    for _ in range(20):
        code, output = done(*day_run(soak, day))
        if "still works" not in output:
            break
        time.sleep(1)
    return code, output


def undisturbed(soak: Soak) -> dict[str, float]:
    """Run the day, and return the seconds of each step."""
    reset(soak)
    code, output = done(*day_run(soak, DAYS[1]))
    assert code == 0, output
    return dict(
        query(
            "select step, extract(epoch from ended_at - started_at)::float8 from ops.steps"
            " where run_id = (select max(run_id) from ops.runs)"
        )
    )


def kill_matrix(soak: Soak) -> None:
    """Kill a run at points of each of its steps, run it again, and compare."""
    undisturbed(soak)  # the first one parses the project
    took = undisturbed(soak)
    expected = state(soak)
    click.echo(f"\nUndisturbed: {len(expected)} tables and files, {sum(took.values()):.0f} s.\n")
    click.echo("| killed | in | after | while | run again | state |\n|---|---|---|---|---|---|")
    for number, (step, share) in enumerate(points(soak.points)):
        victim = VICTIMS[number % len(VICTIMS)]
        delay = took[step] * share
        reset(soak)
        wrapper = loader(*day_run(soak, DAYS[1]))
        wait_for(step, wrapper)
        with contextlib.suppress(subprocess.TimeoutExpired):
            wrapper.wait(delay)
        doing = kill(soak, victim, wrapper)
        code, output = again(soak, DAYS[1])
        where = f"{victim} after {delay:.2f} s of {step}"
        ended = soak.expect(code == 0, f"{where}: {output[-2000:]}")
        identical = soak.expect(state(soak) == expected, f"{where}: another state")
        click.echo(
            f"| {victim} | {step} | {delay:.2f} s | {doing} | succeeded: {ended} "
            f"| identical: {identical} |",
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
