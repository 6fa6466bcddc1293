"""loader replay."""

import click

from loader.config.settings import load_settings
from loader.pipeline.replay import replay as replay_batches


@click.command(short_help="Rebuild everything from the archived batches.")
def replay() -> None:
    """Load and build every archived batch in order, into an empty database, and publish.

    The same batches give the same tables. A replay that was stopped goes on where it was.
    """
    batches = replay_batches(load_settings())
    click.echo(f"replayed {len(batches)} batches, {batches[0].day} to {batches[-1].day}")
