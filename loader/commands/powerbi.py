"""loader powerbi."""

import click

from dashboards.bi.powerbi.model.source import PARAMETERS, SourceKind
from dashboards.bi.powerbi.project import PROJECT, write_project
from loader.config.settings import load_settings


@click.command(short_help="Write the Power BI project to dashboards/powerbi/.")
@click.option(
    "--source",
    type=click.Choice(list(PARAMETERS)),
    default="csv",
    show_default=True,
    help="Where the tables come from: the CSV exports, or the mart in PostgreSQL.",
)
def powerbi(source: SourceKind) -> None:
    """Write the Power BI project (PBIP) to dashboards/powerbi/, from the list of pages and visuals.

    It needs no database: the models' YAML names columns and types. The files are under version
    control; Power BI Desktop opens Shop.pbip.
    """
    settings = load_settings()
    paths = write_project(settings.currency, source, week_start=settings.week_start)
    click.echo(f"{len(paths)} files in {PROJECT}")
