"""loader revert-batch."""

import click

from loader.config.settings import load_settings
from loader.ingest.archive import ArchivedBatch
from loader.pipeline.revert import revert_batch as revert


@click.command("revert-batch", short_help="Take back the newest batch.")
@click.option("--yes", "is_confirmed", is_flag=True, help="Do not ask.")
def revert_batch(*, is_confirmed: bool) -> None:
    """Take back the newest batch: everything becomes what it was before the batch was loaded.

    The batch leaves the archive, and all others are replayed from it, which takes as long as their
    days took; until then mart shows the day that was replayed last. Erased customers stay erased.
    What happened stays on record in ops. It can be run again if it was stopped.
    """

    def confirm(batch: ArchivedBatch) -> None:
        nonlocal is_confirmed
        is_confirmed = is_confirmed or click.confirm(
            f"Take back the batch of {batch.day} ({batch.folder})?", abort=True
        )

    done = revert(load_settings(), confirm)
    click.echo(f"took back {done.batch}; the newest batch is of {done.newest}")
