"""loader replay."""

import click

from loader.config.settings import load_settings
from loader.ingest.archive import archived
from loader.pipeline.replay import replay as replay_batches


@click.command(short_help="Rebuild everything from the archived batches.")
def replay() -> None:
    """Load and build every archived batch in order, into an empty database, and publish.

    The same batches give the same tables. A replay that was stopped goes on where it was. An
    archive without any batch is fetched from SHOP_ARCHIVE_URL first.
    """
    settings = load_settings()
    if settings.archive_url and not archived(settings):
        from loader.ingest.mirror import fetch_archive  # noqa: PLC0415  (pyarrow is slow to import)

        names = fetch_archive(settings, settings.archive_url)
        click.echo(f"fetched {len(names)} batches from {settings.archive_url}")
    batches = replay_batches(settings)
    click.echo(f"replayed {len(batches)} batches, {batches[0].day} to {batches[-1].day}")
