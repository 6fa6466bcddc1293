"""loader run."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from loader.commands.parameters import DAY, PLACE
from loader.commands.shop_options import history_option, shop_options
from loader.config.places import Location
from loader.config.settings import load_settings
from loader.generator.settings import ShopChoice
from loader.pipeline import run as running
from loader.pipeline.context import Order
from loader.pipeline.steps import STEPS


@click.command(short_help="Run the steps of a day, or some of them.")
@click.argument("steps", nargs=-1, type=click.Choice(tuple(STEPS)))
@click.option(
    "--date",
    "day",
    type=DAY,
    help="Logical date of the batch.  [default: today for a new batch, else the one in staging]",
)
@click.option(
    "--landing",
    type=PLACE,
    help="Folder or URL with the four files, delivered by others; generates nothing.",
)
@click.option(
    "--wait", "is_waiting", is_flag=True, help="Wait for a run at work, SHOP_LOCK_WAIT minutes."
)
@click.option("--verbose", "-v", "is_verbose", is_flag=True, help="Show what dbt says as well.")
@history_option
@shop_options
def run(
    steps: tuple[str, ...],
    day: date | None,
    landing: Path | Location | None,
    history: int,
    *,
    is_waiting: bool,
    is_verbose: bool,
    **shop: Any,  # noqa: ANN401
) -> None:
    """Run STEPS of a day's run, in their order; without any: all of them.

    generate writes a synthetic batch, load copies it to staging, build makes and tests everything
    and publishes it when every test has passed, export writes the CSV files, dashboard the pages,
    report sums up.
    publish repeats the publication alone; the build includes it. audit tests all rows, not only
    what changed, and compares mart and exports; a day's run leaves it out.

    One run works at a time. Each has an id, a record in the schema ops and a log in logs/.
    """
    order = Order(
        steps,
        day,
        landing,
        is_verbose=is_verbose,
        shop=ShopChoice(**shop),
        history_days=history,
        is_waiting=is_waiting,
    )
    running.run(order, load_settings())
