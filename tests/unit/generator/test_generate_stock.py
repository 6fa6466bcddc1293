"""Stock falls by what is sold, is ordered at the reorder point, and sometimes runs out."""

import json
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from factories.synthetic_shop import BUSY, FIRST, after, read, shop
from loader.generator.batch import Batch, World
from loader.generator.settings import ShopChoice, ShopSettings, load_shop_settings
from loader.generator.stock import Stock, taken
from loader.generator.streams import Integers
from loader.generator.write import generate

DAYS = 24
SETTLED = 17  # what arrives late is known by then
# As BUSY, and every other order of goods comes late.
SCARCE = shop(
    shop__orders_per_day=12,
    products__lifetime_days=400,
    files__late_pct=8,
    files__corrected_pct=8,
    stock__late_pct=50,
    stock__order_days=14,
    stock__reorder_point_days=10,
)


class Ledger:
    """Hold what the files say of each product on each day: sold, and in stock in the evening."""

    def __init__(self, landing: Path, settings: ShopSettings) -> None:
        first = read(generate(landing, FIRST, settings))
        stock = {row["product_id"]: int(row["stock_quantity"]) for row in first["products"]}
        self.stock = [stock]
        latest: dict[str, tuple[str, str, int]] = {}
        self.rows: Counter[int] = Counter()
        for ahead in range(1, DAYS + 1):
            found = read(generate(landing, Batch(after(ahead)), settings))
            dates = {
                row["transaction_id"]: row["transaction_date"] for row in found["transactions"]
            }
            for row in found["transaction_items"]:
                sold_on = dates[row["transaction_id"]]
                latest[row["item_id"]] = (sold_on, row["product_id"], int(row["quantity"]))
            self.rows[ahead] = len(found["products"])
            stock = stock | {
                row["product_id"]: int(row["stock_quantity"]) for row in found["products"]
            }
            self.stock.append(stock)
        self.sold: dict[str, Counter[str]] = defaultdict(Counter)
        for sold_on, product, quantity in latest.values():
            self.sold[sold_on][product] += quantity

    def came(self, ahead: int) -> dict[str, int]:
        """Return how many pieces of each product came on a day; below 0 where it was cleared."""
        before, now = self.stock[ahead - 1 : ahead + 1]
        sold = self.sold[str(after(ahead))]
        return {product: now[product] - before[product] + sold[product] for product in before}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return Ledger(tmp_path_factory.mktemp("scarce"), SCARCE)


def test_stock_falls_by_what_is_sold_and_rises_by_deliveries(ledger: Ledger) -> None:
    deliveries: Counter[str] = Counter()
    for ahead in range(1, SETTLED + 1):
        for product, came in ledger.came(ahead).items():
            assert came >= 0 or ledger.stock[-1][product] == 0, (ahead, product)
            deliveries[product] += came > 0
    assert sum(count >= 1 for count in deliveries.values()) > 15
    assert max(deliveries.values()) <= 3  # an order is what sells in two weeks, not in a day


def test_what_is_out_of_stock_sells_nothing_until_it_is_restocked(ledger: Ledger) -> None:
    out, back = 0, 0
    for ahead in range(1, SETTLED + 1):
        came = ledger.came(ahead)
        for product, before in ledger.stock[ahead - 1].items():
            sold = ledger.sold[str(after(ahead))][product]
            assert sold <= before + max(came[product], 0)
            if before == 0:
                out += came[product] == 0
                back += came[product] > 0
                assert came[product] > 0 or sold == 0
    assert out > 20
    assert back > 3


def test_truth_counts_what_is_out_of_stock(tmp_path: Path) -> None:
    folder = generate(tmp_path, FIRST, SCARCE)
    said = json.loads((folder / "truth.json").read_text())["products"]
    empty = [row for row in read(folder)["products"] if row["stock_quantity"] == "0"]
    assert said["out_of_stock"] == len(empty) - said["discontinued"]
    assert said["out_of_stock"] > 2


def test_day_carries_the_products_that_sold_or_were_restocked_not_all(ledger: Ledger) -> None:
    products = len(ledger.stock[-1])
    for ahead in range(1, SETTLED + 1):
        assert 0 < ledger.rows[ahead] < products / 2


@pytest.mark.parametrize("day", [date(2025, 3, 15), date(2026, 11, 28)])
def test_some_products_run_out_and_more_are_about_to(day: date) -> None:
    """Of those that sold, 0.5 to 5 % are out; 4 to 10 % last less than the time to reorder."""
    world = World(load_shop_settings(ShopChoice("large")), Batch(day))
    sold = sum(
        np.bincount(sales.product, weights=sales.quantity, minlength=len(world.products.numbers))
        for sales in map(world.sales, range(world.day - 89, world.day + 1))
    )
    stock, on_sale = world.stock(world.day), world.day < world.products.discontinued
    sells = on_sale & (sold > 0)
    out = (stock[sells] == 0).mean()
    is_low = ((stock > 0) & (90 * stock < 14 * sold))[sells].mean()
    assert 0.005 < out < 0.05
    assert 0.04 < is_low < 0.10


def test_order_comes_after_the_lead_time_at_the_reorder_point() -> None:
    settings = shop(
        stock__late_pct=0,
        stock__reorder_point_days=10,
        stock__order_days=30,
        stock__lead_time_days=5,
        demand__growth_pct_per_year=0,
    )
    products = World(settings, Batch(FIRST.day)).products
    best = int(np.argmax(products.popularity))
    wanted = np.zeros(len(products.numbers), dtype=np.int64)
    wanted[best] = 5
    stock = Stock(products, lambda _: wanted)
    # 1.89 pieces of it sell on a usual day: the point is 1 + 18 pieces, the quantity 1 + 56
    evenings = [int(stock.evening(day)[best]) for day in range(46)]
    assert evenings[:3] == [71, 66, 61]
    # ordered in the evening of day 11 at 16 pieces, and there in the morning of day 16
    assert evenings[10:18] == [21, 16, 11, 6, 1, 0, 52, 47]
    # the same again, and on day 44 it is filled up
    assert evenings[22:30] == [22, 17, 12, 7, 2, 0, 52, 47]
    assert evenings[42:46] == [42, 37, 71, 66]


def test_evening_does_not_depend_on_where_the_days_begin() -> None:
    last = World(BUSY, Batch(after(200)))
    days = range(last.day - 150, last.day + 1)
    through = [last.stock(day) for day in days]
    for day, stock in zip(days, through, strict=True):
        if day % 30 == 0:
            alone = World(BUSY, Batch(after(200)))
            assert (alone.stock(day) == stock).all(), day


def test_first_come_is_first_served() -> None:
    def these(*numbers: int) -> Integers:
        return np.array(numbers, dtype=np.int64)

    product, wanted = these(2, 0, 2, 2, 1, 2), these(3, 1, 4, 1, 2, 1)
    assert taken(product, wanted, these(0, 9, 5)).tolist() == [3, 0, 2, 0, 2, 0]
    assert taken(these(), these(), these(1)).tolist() == []
