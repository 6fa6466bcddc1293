"""Load and build on a disk without room."""

import contextlib
import subprocess
import tempfile
from pathlib import Path

import click

from factories.days import fingerprint
from soak.soaking import DAYS, Soak, day_run, done, maintain, reset

# What a run that fails writes all the same.
RECORD = ("ops.runs", "ops.steps", "ops.table_sizes")


def disk_full(soak: Soak) -> None:
    """Load and build on a disk without room, make room, and do the same again."""
    click.echo("\n| disk full | message | before intact | again |\n|---|---|---|---|")
    disk = Path(tempfile.mkdtemp(prefix="soak-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=160m,mode=0700", "tmpfs", str(disk)], check=False
    )
    if mounted.returncode:
        click.echo("| (needs root, to mount a small disk) | | | |")
        disk.rmdir()
        return
    try:
        place = disk / "space"
        place.mkdir(mode=0o700)
        maintain(soak, f"create tablespace small location '{place}'")
        for step in ("load", "build"):
            fill_and_free(soak, step, disk)
        maintain(soak, "drop database shop with (force)", "drop tablespace small")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
        disk.rmdir()


def fill_and_free(soak: Soak, step: str, disk: Path) -> None:
    reset(soak)
    maintain(
        soak,
        "drop database shop with (force)",
        "create database shop template first_day tablespace small",
    )
    if step == "build":
        done(*("run", "load", "--date", DAYS[1], "--landing", str(soak.batches[DAYS[1]])))
    before = fingerprint("mart", "staging", "ops") if step == "load" else fingerprint("mart")
    before = {name: found for name, found in before.items() if name not in RECORD}
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(b"\0" * 8192):
            pass
    landing = ("--landing", str(soak.batches[DAYS[1]])) if step == "load" else ()
    code, output = done("run", step, "--date", DAYS[1], *landing)
    after = fingerprint("mart", "staging", "ops") if step == "load" else fingerprint("mart")
    is_told = soak.expect(code == 1 and "No space left" in output, f"{step}: {output[-1500:]}")
    is_intact = {name: after[name] for name in before} == before
    intact = soak.expect(is_intact, f"{step}: what was there has changed")
    ballast.unlink()
    code, output = done(*day_run(soak, DAYS[1]))
    is_whole = soak.expect(code == 0, f"{step} again: {output[-1500:]}")
    click.echo(f"| {step} | {is_told} | {intact} | succeeded: {is_whole} |")
