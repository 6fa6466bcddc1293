"""loader revert-batch."""

from collections.abc import Callable

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
    What happened stays on record in ops. It can be run again if it was stopped. Where
    replace-batch was stopped or has failed, it puts back what was to be replaced.
    """
    done = revert(load_settings(), confirming("Take back", is_confirmed=is_confirmed))
    did = "put back" if done.is_put_back else "took back"
    click.echo(f"{did} {', '.join(done.batches)}; the newest batch is of {done.newest}")


def confirming(question: str, *, is_confirmed: bool) -> Callable[[list[ArchivedBatch]], None]:
    """Return what asks before batches are taken back, and aborts the command on a no."""

    def confirm(batches: list[ArchivedBatch]) -> None:
        nonlocal is_confirmed
        names = ", ".join(str(batch.folder) for batch in batches)
        is_confirmed = is_confirmed or click.confirm(
            f"{question} the batch of {batches[0].day} ({names})?", abort=True
        )

    return confirm
