"""loader load."""

import sys
from datetime import date
from pathlib import Path

import click

from loader.commands.parameters import DAY, PLACE
from loader.config.places import Location
from loader.config.settings import load_settings
from loader.contract import OPTIONAL, TABLES, file_name
from loader.history.lock import RunLock, alone
from loader.ingest import load as loading
from loader.storage.delivery import local_batch

LINES_REJECTED = 3
COLUMNS = "\n\n".join(
    f"{file_name(table)}{' (may be missing)' * (table in OPTIONAL)}: {', '.join(columns)}"
    for table, columns in TABLES.items()
)


@click.command(short_help="Load four CSV files into staging: all of them, or none.", epilog=COLUMNS)
@click.argument("directory", type=PLACE)
@click.option("--date", "day", type=DAY, required=True, help="Logical date of the batch.")
def load(directory: Path | Location, day: date) -> None:
    """Load the four CSV files in DIRECTORY, a folder or URL, into staging: all of them, or none.

    They take the place of the batch that staging held before. A line that cannot be read goes to
    quarantine.rejected_lines, the others are loaded, and the command ends with exit code 3.
    """
    settings = load_settings()

    def work(_: RunLock) -> loading.LoadResult:
        return loading.load(local_batch(directory, settings, day), day, settings)

    result = alone(settings, "load", work)
    show(result)
    if result.rejected_count:
        sys.exit(LINES_REJECTED)


def show(result: loading.LoadResult) -> None:
    """Print what the files hold, and warnings to standard error."""
    for warning in result.warnings:
        click.echo(f"warning: {warning}", err=True)
    for scan in result.files:
        click.echo(loading.counted(scan))
