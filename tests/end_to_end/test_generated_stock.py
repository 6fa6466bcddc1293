"""The stock that a generated shop plants is kept by day, and the report of stock cover shows it."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from factories.days import TO_MART, query, run_well
from factories.synthetic_shop import DAY, after, shop
from loader.generator.batch import Batch
from loader.generator.write import TRUTH, generate

SCARCE = shop(
    shop__orders_per_day=12,
    products__lifetime_days=400,
    stock__late_pct=50,
    stock__order_days=14,
    stock__reorder_point_days=10,
)
BATCHES = (Batch(DAY, 100, is_first=True), Batch(after(3), 3))

Levels = dict[tuple[str, str], int]


def levels_of(landing: Path) -> Levels:
    """Return the stock that the files say, by product and batch."""
    found: Levels = {}
    for path in sorted(landing.glob("*/products.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found[row["product_id"], path.parent.name] = int(row["stock_quantity"])
    return found


def kept() -> Levels:
    rows = query("select product_id, stock_date::text, stock_quantity from production.stock_levels")
    return {(product, day): quantity for product, day, quantity in rows}


def sold_in_90_days(landing: Path, last: str) -> dict[str, int]:
    """Return the pieces of each product in the files, of the 90 days up to a last one."""
    sold_on: dict[str, str] = {}
    items: dict[str, tuple[str, str, int]] = {}
    for folder in sorted(landing.iterdir()):
        with (folder / "transactions.csv").open(encoding="utf-8", newline="") as file:
            sold_on |= {r["transaction_id"]: r["transaction_date"] for r in csv.DictReader(file)}
        with (folder / "transaction_items.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                what = (row["transaction_id"], row["product_id"], int(row["quantity"]))
                items[row["item_id"]] = what
    first = str(after(3 - 89))
    pieces: dict[str, int] = {}
    for transaction, product, quantity in items.values():
        if first <= sold_on[transaction] <= last:
            pieces[product] = pieces.get(product, 0) + quantity
    return pieces


@pytest.mark.proof
@pytest.mark.usefixtures("database", "own_dbt_target")
def test_stock_of_each_day_is_kept_and_cover_is_that_of_the_last(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    for batch in BATCHES:
        folder = generate(landing, batch, SCARCE)
        run_well(str(batch.day), folder, *TO_MART)
    last, levels = str(BATCHES[-1].day), levels_of(landing)
    assert kept() == levels
    assert len({day for _, day in levels}) == 2
    now = {product: levels[product, day] for product, day in sorted(levels, key=lambda key: key[1])}

    sold = sold_in_90_days(landing, last)
    cover = {
        product: (Decimal(90 * stock) / sold[product]).quantize(Decimal("0.1"), "ROUND_HALF_UP")
        for product, stock in now.items()
        if product in sold
    }
    rows = query("select product_id, stock_quantity, days_of_cover from mart.rpt_stock_cover")
    assert {product: stock for product, stock, _ in rows} == now
    assert {product: days for product, _, days in rows if days is not None} == cover
    truth = json.loads((landing / last / TRUTH).read_text())["products"]
    out = [product for product, stock in now.items() if not stock]
    assert len(out) == truth["out_of_stock"] + truth["discontinued"]
    assert truth["out_of_stock"] > 1
