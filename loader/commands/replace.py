"""loader replace-batch."""

from datetime import date
from pathlib import Path

import click

from loader.commands.parameters import DAY, FOLDER
from loader.commands.revert import confirming
from loader.config.settings import load_settings
from loader.pipeline.revert import replace_batch as replace


@click.command("replace-batch", short_help="Replace the batch of a date by another delivery.")
@click.argument("directory", type=FOLDER)
@click.option("--date", "day", type=DAY, required=True, help="Logical date of the batch.")
@click.option("--yes", "is_confirmed", is_flag=True, help="Do not ask.")
def replace_batch(directory: Path, day: date, *, is_confirmed: bool) -> None:
    """Replace the batch of a date by the four files in DIRECTORY, as if they had come on that day.

    The archive is replayed with them in place of what was loaded for the date, which takes as long
    as all days took; until then mart shows the day that was replayed last. Erased customers stay
    erased. What happened stays on record in ops; the files of the batch before are gone at the end.
    Stopped or failed, it can be run again, with other files as well, or be given up, revert-batch.
    """
    confirm = confirming("Replace", is_confirmed=is_confirmed)
    done = replace(load_settings(), directory, day, confirm)
    click.echo(f"replaced {', '.join(done.batches)}; the newest batch is of {done.newest}")
