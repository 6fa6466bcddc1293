"""loader prune."""

import click

from loader.backup import prune as pruning
from loader.config.settings import load_settings
from loader.history.lock import alone
from loader.monitoring.unattended import noted


@click.command(short_help="Remove old files and records; without --yes only say which.")
@click.option("--yes", "for_good", is_flag=True, help="Remove them.")
def prune(*, for_good: bool) -> None:
    """Remove landing folders and logs older than SHOP_KEEP_DAYS (7), and records of runs older
    than SHOP_KEEP_RECORD_DAYS (400). On Spark, what tables were before SHOP_KEEP_DAYS goes too.

    Never the newest, and no batch that is not archived: a replay needs it.
    """  # noqa: D205
    settings = load_settings()
    with noted(settings, "prune"):
        done = alone(
            settings,
            "prune",
            lambda _: pruning.prune(settings, for_good=for_good),
            role=None,
            wait_minutes=settings.lock_wait,
        )
    for path, size in done.paths.items():
        click.echo(f"{size / 1e6:>10,.1f} MB  {path.relative_to(settings.root)}")
    for table, rows in done.rows.items():
        click.echo(f"{rows:>10,} rows of {table}" if rows else f"{'no':>10} rows of {table}")
    if done.snapshots is not None:
        click.echo(f"{done.snapshots:>10,} snapshots of Spark's tables")
    total = f"{sum(done.paths.values()) / 1e6:,.1f} MB in {len(done.paths)} folders and files"
    click.echo(f"removed {total}" if for_good else f"would remove {total}; --yes removes them")
