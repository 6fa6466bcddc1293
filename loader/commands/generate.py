"""loader generate."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from loader.commands.parameters import DAY, FOLDER
from loader.commands.shop_options import DAYS, shop_options
from loader.config.settings import load_settings
from loader.generator.batch import Batch
from loader.generator.settings import ShopChoice, load_shop_settings
from loader.generator.write import generate as write_batch


@click.command(short_help="Write the four CSV files of a sample shop's day.")
@click.option("--date", "day", type=DAY, required=True, help="Last day that the batch carries.")
@click.option(
    "--days",
    type=DAYS,
    default=1,
    show_default=True,
    help="How many days' news it carries, where more than one has passed.",
)
@click.option(
    "--history",
    type=DAYS,
    help="Make the shop's first batch: every customer and product, and the sales of so many days.",
)
@click.option(
    "--landing", type=FOLDER, help="Folder to write to.  [default: the shop's landing folder]"
)
@shop_options
def generate(
    day: date,
    days: int,
    history: int | None,
    landing: Path | None,
    **shop: Any,  # noqa: ANN401
) -> None:
    """Write the four CSV files that a sample shop delivers, to a folder named by the date.

    Beside them: manifest.json says what was written, truth.json what effects are in it and how
    great. The same options give the same bytes, on any machine and in any order of days.
    docs/generator.md explains the settings.
    """
    batch = Batch(day, history or days, is_first=history is not None)
    target = landing or load_settings().landing_dir
    click.echo(write_batch(target, batch, load_shop_settings(ShopChoice(**shop))))
