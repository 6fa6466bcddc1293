"""loader tableau."""

import click

from dashboards.bi.tableau.package import write_tableau
from loader.config.settings import load_settings
from loader.history.lock import alone


@click.command(short_help="Write a Tableau workbook and its extract to exports/tableau/.")
def tableau() -> None:
    """Write a Tableau workbook and its extract to exports/tableau/: shop.twbx and shop.hyper.

    The workbook has the pages of the dashboards, and the extract is inside it. The optional
    dependencies `tableau` are needed; make tableau installs them.
    """
    settings = load_settings()
    written = alone(settings, "tableau", lambda _: write_tableau(settings))
    for name, rows in written.rows.items():
        click.echo(f"{name}: {rows:,} rows")
    click.echo(f"shop.hyper and shop.twbx in {written.folder}")
