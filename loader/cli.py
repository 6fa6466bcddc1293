"""The command line: parse, call, print."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path

import click

from loader import export as exporting
from loader import generate as generating
from loader import load as loading
from loader import run as running
from loader import server as serving
from loader.errors import LoaderError
from loader.lock import run_lock
from loader.settings import Settings, load_settings
from loader.shop import Shop
from loader.steps import STEPS, Order


class Day(click.ParamType):
    """Parse a date written YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(
        self, value: str | date, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Return the date, or fail as a usage error."""
        if isinstance(value, date):
            return value
        try:
            day = datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007
        except ValueError:
            day = None
        if day is None or day.isoformat() != value:
            self.fail(f"{value!r} is not a date; write it as 2026-11-22", param, ctx)
        return day


FOLDER = click.Path(path_type=Path)
DAY = Day()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ecommerce-analytics", prog_name="loader")
def loader() -> None:
    """Take an online shop's files into PostgreSQL, and what is made of them out again.

    Exit codes: 0 done, 1 failed (the message says what to do), 2 wrong usage.
    """


@loader.command(short_help="Write the four CSV files of a made-up shop's day.")
@click.option("--date", "day", type=DAY, required=True, help="Last day that the batch carries.")
@click.option(
    "--days", default=1, show_default=True, help="How many days' sales and changes it carries."
)
@click.option(
    "--history",
    is_flag=True,
    help=f"Make the shop's first batch: every customer and product, and the sales of "
    f"{generating.HISTORY_DAYS} days unless --days says otherwise.",
)
@click.option(
    "--landing", type=FOLDER, help="Folder to write to.  [default: the shop's landing folder]"
)
@click.option("--seed", default=Shop.seed, show_default=True, help="Another seed, another shop.")
@click.option(
    "--customers", default=Shop.customers, show_default=True, help="Customers at the opening."
)
@click.option("--products", default=Shop.products, show_default=True, help="Products on sale.")
@click.option(
    "--transactions-per-day",
    default=Shop.transactions_per_day,
    show_default=True,
    help="On average.",
)
@click.pass_context
def generate(
    context: click.Context,
    day: date,
    days: int,
    landing: Path | None,
    *,
    history: bool,
    **shop: int,
) -> None:
    """Write the four CSV files that a made-up shop delivers, to a folder named by the date.

    The same options give the same bytes, on any machine and in any order of days.
    """
    is_default = context.get_parameter_source("days") is click.core.ParameterSource.DEFAULT
    covered = generating.HISTORY_DAYS if history and is_default else days
    batch = generating.Batch(day, covered, is_first=history)
    target = landing or load_settings().landing_dir
    click.echo(generating.generate(target, batch, Shop(**shop)))


@loader.command(short_help="Load four CSV files into staging: all of them, or none.")
@click.argument("directory", type=FOLDER)
@click.option("--date", "day", type=DAY, help="Logical date of the batch.")
@click.option("--check", "is_check", is_flag=True, help="Only check the files; needs no database.")
def load(directory: Path, day: date | None, *, is_check: bool) -> None:
    """Load the four CSV files in DIRECTORY into staging: all of them, or none.

    They take the place of the batch that staging held before.
    """
    if is_check:
        result = loading.check(directory)
    elif day is None:
        raise click.UsageError("Missing option '--date'. Only --check does without it.")
    else:
        settings = load_settings()
        with _alone(settings, "load"):
            result = loading.load(directory, day, settings)
    for warning in result.warnings:
        click.echo(f"warning: {warning}", err=True)
    for scan in result.files:
        click.echo(f"{scan.table}: {scan.row_count:,} rows")


@loader.command(short_help="Write every relation of the mart to exports/ as CSV.")
def export() -> None:
    """Write every relation of the mart to exports/ as CSV, all as of one moment."""
    settings = load_settings()
    with _alone(settings, "export"):
        result = exporting.export(settings)
    for name, rows in result.rows.items():
        click.echo(f"{name}: {rows:,} rows")
    for name in result.removed:
        click.echo(f"removed {name}: its relation is no longer in the mart")


def _alone(settings: Settings, command: str) -> AbstractContextManager[int]:
    """Keep other runs out while a command works on the database."""
    return run_lock(settings, running.new_run_id(), command)


@loader.command(short_help="Run the steps of a day, or some of them.")
@click.argument("steps", nargs=-1, type=click.Choice(tuple(STEPS)))
@click.option(
    "--date",
    "day",
    type=DAY,
    help="Logical date of the batch.  [default: today for a new batch, else the one in staging]",
)
@click.option(
    "--landing",
    type=FOLDER,
    help="Folder with the four files, delivered by others; generates nothing.",
)
def run(steps: tuple[str, ...], day: date | None, landing: Path | None) -> None:
    """Run STEPS of a day's run, in their order; without any: all of them.

    generate writes a made-up batch, load takes it into staging, build makes and tests everything
    and publishes it when every test has passed, export writes the CSV files, report sums up.
    publish repeats the publication alone; the build includes it.

    One run works at a time. Each has an id, a record in the schema ops and a log in logs/.
    """
    running.run(Order(steps, day, landing), load_settings())


@loader.group(short_help="Start, stop and use the database server.")
def server() -> None:
    """Start, stop and use the embedded server, or look at the one that PGHOST names."""


@server.command()
def start() -> None:
    """Start the server unless it runs."""
    _print_status(serving.start)


@server.command()
def status() -> None:
    """Show which server is in use and whether it answers."""
    _print_status(serving.status)


def _print_status(ask: Callable[[Settings], serving.ServerStatus]) -> None:
    found = ask(load_settings())
    kind = "embedded" if found.is_embedded else "named by PGHOST"
    silent = "not running" if found.is_embedded else "no connection, make up says why"
    state = f"PostgreSQL {found.version}" if found.is_running else silent
    click.echo(
        f"{state} ({kind}): host {found.host}, port {found.port}, user {found.user}, "
        f"database {found.database}"
    )


@server.command()
def stop() -> None:
    """Stop the embedded server."""
    click.echo("stopped" if serving.stop(load_settings()) else "was not running")


@server.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open psql on the shop's database; ARGUMENTS go to psql."""
    serving.psql(load_settings(), arguments)


def main() -> None:
    """Run the command line; exit with 1 on an error the user can act on, 2 on wrong usage."""
    try:
        loader(prog_name="loader")
    except LoaderError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
