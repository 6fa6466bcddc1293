"""loader backfill."""

from datetime import date, timedelta
from typing import Any

import click

from loader.commands.parameters import DAY
from loader.commands.shop_options import history_option, shop_options
from loader.config.settings import load_settings
from loader.errors import LoaderError
from loader.generator.settings import ShopChoice
from loader.ingest.csv.limits import refuse_future_date
from loader.pipeline import run as running
from loader.pipeline.context import Order


@click.command(short_help="Run every day from one date to another, of a sample shop.")
@click.option("--from", "first", type=DAY, required=True, help="First date.")
@click.option("--to", "last", type=DAY, required=True, help="Last date.")
@history_option
@shop_options
def backfill(first: date, last: date, history: int, **shop: Any) -> None:  # noqa: ANN401
    """Run whole days in order, each a run of its own; stop at the first that fails.

    Run again after a failure with --from the date that failed: days that are there stay.
    """
    if last < first:
        raise LoaderError(f"--from {first} comes after --to {last}")
    refuse_future_date(last)
    choice, settings = ShopChoice(**shop), load_settings()
    count = (last - first).days + 1
    for ahead in range(count):
        day = first + timedelta(days=ahead)
        click.echo(f"day {ahead + 1} of {count}: {day}")
        running.run(Order(day=day, shop=choice, history_days=history), settings)
