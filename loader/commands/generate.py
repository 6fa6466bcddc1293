"""loader generate."""

from datetime import date
from pathlib import Path

import click

from loader import generate as generating
from loader.commands.parameters import DAY, FOLDER
from loader.settings import load_settings
from loader.shop import Shop


@click.command(short_help="Write the four CSV files of a made-up shop's day.")
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
