"""Kill a run anywhere, fill the disk, read while it publishes: `make soak` prints what came of it.

Everything happens on an embedded server of its own in a temporary folder. The state that is
compared is a hash of every table of production, quarantine, snapshots and mart, of the batch's
counts and warnings, and of the exported files. It ends with 1 when anything was not as it must be.
"""

import sys
from collections.abc import Callable

import click
import psycopg2

from soak.soak_commands import kill_commands
from soak.soak_disk import disk_full
from soak.soak_forecasts import forecasts
from soak.soak_kills import dates, kill_matrix
from soak.soak_readers import readers
from soak.soaking import Soak, a_soak

PARTS: dict[str, Callable[[Soak], None]] = {
    "kills": kill_matrix,
    "commands": kill_commands,
    "dates": dates,
    "forecasts": forecasts,
    "readers": readers,
    "disk": disk_full,
}


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(tuple(PARTS)))
@click.option("--points", default=40, show_default=True, help="How often a run is killed.")
def main(parts: tuple[str, ...], points: int) -> None:
    """Ill-treat a shop in all PARTS, or in some."""
    with a_soak(points) as soak:
        for part in parts or PARTS:
            try:
                PARTS[part](soak)
            except psycopg2.Error as error:
                soak.faults.append(f"{part}: {error}")
        if soak.faults:
            click.echo("\n".join(["", "Not as it must be:", *soak.faults]))
            sys.exit(1)
        click.echo("\nEverything as it must be.")


if __name__ == "__main__":
    main()
