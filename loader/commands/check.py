"""loader check."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click

from loader.commands.load import LINES_REJECTED, show
from loader.commands.parameters import DAY, PLACE
from loader.config.places import Location
from loader.config.settings import load_settings
from loader.history.lock import RunLock, alone
from loader.ingest import load as loading
from loader.monitoring.report import lines
from loader.pipeline.forecast import Forecast, forecast
from loader.storage.delivery import local_batch


@click.command(short_help="Say what a run would do with four CSV files, and load nothing.")
@click.argument("directory", type=PLACE)
@click.option("--date", "day", type=DAY, help="Logical date of the batch.  [default: today]")
@click.option(
    "--files-only", is_flag=True, help="Only read the files; needs no database and no date."
)
def check(directory: Path | Location, day: date | None, *, files_only: bool) -> None:
    """Say what a run would do with the four CSV files in DIRECTORY, and load nothing.

    DIRECTORY is a folder or a URL, whose files are fetched to landing/DATE. The batch is run in a
    copy of the shop, a server of its own that is gone afterwards: which rows would be rejected, why
    and on which lines, the score, and whether it would be published.

    Exit codes: 0 it would be published, 1 it would not, 3 it would, without its rejected lines.
    Warnings, and rows that rules send to quarantine, leave it at 0: the report names them.
    """
    settings = load_settings()
    date_ = day or settings.now().date()
    if files_only:
        files = loading.check(local_batch(directory, settings, date_))
        show(files)
    else:

        def work(lock: RunLock) -> Forecast:
            batch = local_batch(directory, settings, date_)
            return forecast(settings, batch, date_, lock.descriptor)

        found = alone(settings, "check", work, role=None)
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
