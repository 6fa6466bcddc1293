"""Kill every command that changes something at points of its time, and run it again."""

import contextlib
import hashlib
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

import click

from factories.days import execute, query
from soak.soak_kills import kill
from soak.soaking import DAYS, Soak, day_run, done, loader, maintain, reset, state

SHARES = (0.2, 0.4, 0.6, 0.8)
VICTIMS = ("tree", "wrapper")
# What a restore says that is run again, and was complete when it was killed.
RESTORED = "tables, nothing was restored"


@dataclass(frozen=True)
class Command:
    """Name a command, and what the shop is like before it."""

    arguments: tuple[str, ...]
    prepare: Callable[[Soak], None]


def second_day(soak: Soak) -> None:
    reset(soak)
    code, output = done(*day_run(soak, DAYS[1]))
    assert code == 0, output


def empty(soak: Soak) -> None:
    reset(soak)
    maintain(soak, "drop database shop with (force)", "create database shop")


def saved(soak: Soak) -> None:
    """Leave an empty shop, and a backup of the first day."""
    reset(soak)
    if not soak.settings.backups_dir.exists():
        code, output = done("backup", "create")
        assert code == 0, output
    empty(soak)
    shutil.rmtree(soak.settings.root / "archive")


def not_exported(soak: Soak) -> None:
    reset(soak)
    shutil.rmtree(soak.settings.exports_dir)


def not_drawn(soak: Soak) -> None:
    reset(soak)
    for folder in (soak.settings.site_dir, soak.settings.cube_cache_dir):
        shutil.rmtree(folder, ignore_errors=True)


def not_migrated(soak: Soak) -> None:
    reset(soak)
    execute("delete from ops.migrations where number > (select min(number) from ops.migrations)")


COMMANDS = (
    Command(("export",), not_exported),
    Command(("dashboard", "--build-only"), not_drawn),
    Command(("prune",), not_migrated),
    Command(("backup", "create"), reset),
    Command(("backup", "restore"), saved),
    Command(("replay",), empty),
    Command(("erase-customer", "CUST0003", "--yes"), reset),
    Command(("revert-batch", "--yes"), second_day),
)


def everything(soak: Soak) -> dict[str, object]:
    """Return the state of the shop, of its migrations, and of its pages without their footers.

    These name the run that published, which is another one.
    """
    pages = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(soak.settings.site_dir.rglob("*.js"))
    }
    migrations = query("select number, name from ops.migrations order by number")
    return {**state(soak), **pages, "migrations": migrations}


def again(arguments: tuple[str, ...]) -> tuple[int, str]:
    """Run a command again, waiting for what a killed one's programs may still hold."""
    for _ in range(30):
        code, output = done(*arguments)
        if "still works" not in output and "is at work" not in output:
            break
        time.sleep(1)
    return code, output


def kill_commands(soak: Soak) -> None:
    """Kill each command at shares of its time, run it again, and compare."""
    click.echo("\n| command | killed | after | run again | state |\n|---|---|---|---|---|")
    for command in COMMANDS:
        name = " ".join(command.arguments)
        command.prepare(soak)
        started = time.monotonic()
        code, output = done(*command.arguments)
        took = time.monotonic() - started
        assert code == 0, f"{name}: {output[-2000:]}"
        expected = everything(soak)
        for number, share in enumerate(SHARES):
            victim = VICTIMS[number % len(VICTIMS)]
            command.prepare(soak)
            process = loader(*command.arguments)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(took * share)
            kill(soak, victim, process)
            code, output = again(command.arguments)
            where = f"{name}, {victim} after {took * share:.2f} s"
            was_complete = RESTORED in output  # what it restored is compared below
            ended = soak.expect(code == 0 or was_complete, f"{where}: {output[-2000:]}")
            identical = soak.expect(everything(soak) == expected, f"{where}: another state")
            click.echo(
                f"| {name} | {victim} | {took * share:.2f} of {took:.2f} s "
                f"| succeeded: {ended} | identical: {identical} |"
            )
