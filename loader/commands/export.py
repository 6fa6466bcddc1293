"""loader export."""

import click

from loader import export as exporting
from loader.commands.parameters import alone
from loader.settings import load_settings


@click.command(short_help="Write every relation of the mart to exports/ as CSV.")
def export() -> None:
    """Write every relation of the mart to exports/ as CSV, all as of one moment."""
    settings = load_settings()
    with alone(settings, "export"):
        result = exporting.export(settings)
    for name, rows in result.rows.items():
        click.echo(f"{name}: {rows:,} rows")
    for name in result.removed:
        click.echo(f"removed {name}: its relation is no longer in the mart")
