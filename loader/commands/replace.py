"""loader replace-batch."""

from datetime import date
from pathlib import Path

import click

from loader.commands.parameters import DAY, PLACE
from loader.commands.revert import confirming
from loader.config.places import Location
from loader.config.settings import load_settings
from loader.pipeline.revert import replace_batch as replace
from loader.storage.delivery import local_batch


@click.command("replace-batch", short_help="Replace the batch of a date by another delivery.")
@click.argument("directory", type=PLACE)
@click.option("--date", "day", type=DAY, required=True, help="Logical date of the batch.")
@click.option("--yes", "is_confirmed", is_flag=True, help="Do not ask.")
def replace_batch(directory: Path | Location, day: date, *, is_confirmed: bool) -> None:
    """Replace the batch of a date by the four files in DIRECTORY, as if they had come on that day.

    DIRECTORY is a folder or a URL.

    The archive is replayed with them in place of what was loaded for the date, which takes as long
    as all days took; until then mart shows the day that was replayed last. Erased customers stay
    erased. What happened stays on record in ops; the files of the batch before are gone at the end.
    Stopped or failed, it can be run again, with other files as well, or be given up, revert-batch.
    """
    confirm = confirming("Replace", is_confirmed=is_confirmed)
    settings = load_settings()
    done = replace(settings, local_batch(directory, settings, day), day, confirm)
    click.echo(f"replaced {', '.join(done.batches)}; the newest batch is of {done.newest}")
