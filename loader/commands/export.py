"""loader export."""

import click

from loader.config.settings import load_settings
from loader.export import write as exporting
from loader.history.lock import alone


@click.command(short_help="Write every relation of the mart to exports/ as CSV.")
@click.option(
    "--parquet",
    "parquet",
    is_flag=True,
    help="Write Parquet beside the CSV; SHOP_PARQUET=yes does too.",
)
def export(*, parquet: bool) -> None:
    """Write every relation of the mart to exports/ as CSV, all as of one moment.

    A run writes only what changed since the last export; this writes everything.
    """
    settings = load_settings()
    if parquet:
        settings = settings.model_copy(update={"parquet": True})
    result = alone(settings, "export", lambda _: exporting.export(settings, is_full=True))
    for name, rows in result.rows.items():
        click.echo(f"{name}: {rows:,} rows")
    for name in result.removed:
        click.echo(f"removed {name}: it is not part of this export")
