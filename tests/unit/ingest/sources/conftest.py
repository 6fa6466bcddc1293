"""A conversion of rows in Shopify's form."""

from pathlib import Path

import pytest

from factories.conversions import Converted
from factories.exports.files import COST_AND_STOCK, ExportRow, write_export
from loader.ingest.sources.convert import convert
from loader.ingest.sources.records import Choices, Conversion


@pytest.fixture
def converted(tmp_path: Path) -> Converted:
    """Return a function that converts rows of Shopify orders, and products where there are any."""

    def run(
        orders: list[list[ExportRow]], products: list[ExportRow] | None = None, **choices: object
    ) -> Conversion:
        write_export(tmp_path / "in" / "orders.csv", [row for order in orders for row in order])
        if products:
            write_export(tmp_path / "in" / "products.csv", products)
        chosen = Choices(values=COST_AND_STOCK, **choices)  # type: ignore[arg-type]
        return convert("shopify", tmp_path / "in", chosen, tmp_path / "out")

    return run
