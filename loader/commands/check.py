"""loader check."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click

from loader.commands.load import LINES_REJECTED, show
from loader.commands.parameters import DAY, FOLDER
from loader.config.settings import load_settings
from loader.history.lock import alone
from loader.ingest import load as loading
from loader.monitoring.report import lines
from loader.pipeline.forecast import Forecast, forecast


@click.command(short_help="Say what a run would do with four CSV files, and load nothing.")
@click.argument("directory", type=FOLDER)
@click.option("--date", "day", type=DAY, help="Logical date of the batch.  [default: today]")
@click.option(
    "--files-only", is_flag=True, help="Only read the files; needs no database and no date."
)
def check(directory: Path, day: date | None, *, files_only: bool) -> None:
    """Say what a run would do with the four CSV files in DIRECTORY, and load nothing.

    The batch is run in a copy of the shop, a server of its own that is gone afterwards: which rows
    would be rejected, why and on which lines, the score, and whether it would be published.

    Exit codes: 0 it would be published, 1 it would not, 3 it would, without its rejected lines.
    """
    if files_only:
        files = loading.check(directory)
        show(files)
    else:
        settings = load_settings()
        date_ = day or settings.now().date()
        found = alone(
            settings,
            "check",
            lambda lock: forecast(settings, directory, date_, lock.descriptor),
            role=None,
        )
        click.echo("\n".join(_lines(found)))
        if found.error:
            sys.exit(1)
        files = found.files
    if files.rejected_count:
        sys.exit(LINES_REJECTED)


def _lines(found: Forecast) -> Iterator[str]:
    """Give a forecast as lines for a terminal; none quotes a value of a row."""
    for scan in found.files.files:
        yield f"{loading.counted(scan)}, {len(scan.columns)} columns, {scan.byte_count:,} bytes"
    for period in found.periods:
        yield f"{period.column}: {period.first or 'no date'} to {period.last or 'no date'}"
    for warning in found.warnings:
        yield f"warning: {warning}"
    if found.report:
        yield from lines(found.report)
    if found.error:
        yield f"A run of {found.day} would fail: {found.error}"
    else:
        yield f"A run of {found.day} would publish this batch."
    yield "Nothing was loaded."
