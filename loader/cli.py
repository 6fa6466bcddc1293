"""The command line: parse, call, print."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from loader import load as loading
from loader.errors import LoaderError
from loader.settings import load_settings


class Day(click.ParamType):
    """Parse a date written YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None  # noqa: ANN401
    ) -> date:
        """Return the date, or fail as a usage error."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as 2026-11-22", param, ctx)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def loader() -> None:
    """Take an online shop's files into PostgreSQL, and what is made of them out again."""


@loader.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--date", "day", type=Day(), help="Logical date of the batch.")
@click.option("--check", "check_only", is_flag=True, help="Only check the files, load nothing.")
def load(directory: Path, day: date | None, *, check_only: bool) -> None:
    """Load the four CSV files in DIRECTORY into staging, all of them or none."""
    if check_only:
        result = loading.check(directory)
    elif day is None:
        raise click.UsageError("Missing option '--date'; only --check does without.")
    else:
        result = loading.load(directory, day, load_settings())
    for warning in result.warnings:
        click.echo(f"warning: {warning}", err=True)
    for scan in result.files:
        click.echo(f"{scan.table}: {scan.row_count} rows")


def main() -> None:
    """Run the command line; exit with 1 on an error the user can act on, 2 on wrong usage."""
    try:
        loader()
    except LoaderError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
