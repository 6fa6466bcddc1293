"""loader powerbi."""

import click

from dashboards.bi.powerbi.project import PROJECT, write_project
from loader.config.settings import load_settings


@click.command(short_help="Write the Power BI project to dashboards/powerbi/.")
def powerbi() -> None:
    """Write the Power BI project (PBIP) to dashboards/powerbi/, from the list of pages and visuals.

    It needs no database: the models' YAML names columns and types. The files are under version
    control; Power BI Desktop opens Shop.pbip.
    """
    paths = write_project(load_settings().currency)
    click.echo(f"{len(paths)} files in {PROJECT}")
