"""A generated shop through the whole pipeline: its answer key graded, its effects found."""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import cycle
from pathlib import Path

import pytest

from conftest import ScratchDatabase
from expectations import effects, effects_of_choice
from expectations.grading import Grader
from factories.days import run_well
from loader.generator.batch import Batch
from loader.generator.demand import Demand
from loader.generator.kinds import HELD_BACK, OF_ROWS
from loader.generator.settings import ShopChoice, ShopSettings, load_shop_settings
from loader.generator.spoiling import LINES
from loader.generator.vocabulary import load_vocabulary
from loader.generator.write import generate
from loader.ingest.csv.codes import LINE_CODES

FIRST_DAY = date(2026, 11, 20)
DAYS = int(os.environ.get("PROOF_DAYS", "2"))  # `make proof` takes 30
HISTORY_DAYS = 730
BROKEN = {  # shares of lines; a file with too many is refused
    f"{table}.{fault.code}": Decimal("0.0015")
    for fault, table in zip(LINE_CODES, cycle(("transactions", "transaction_items")), strict=False)
    if fault.code in LINES  # cut_value is of the last line alone
}
CHANGES = (
    ("shop.customers_at_opening", 700),
    ("shop.new_customers_per_day", 1),
    ("shop.products_at_opening", 250),
    ("shop.orders_per_day", 12),
    ("customers.move_every_days", 60),  # so that a day has enough rows to damage
)


@dataclass(frozen=True)
class Shop:
    """Hold a shop whose days have run; `grader` has graded each of them."""

    settings: ShopSettings
    demand: Demand
    grader: Grader
    landing: Path

    @property
    def first_batch(self) -> Path:
        return self.landing / str(FIRST_DAY)


def batch_of(ahead: int) -> Batch:
    day = FIRST_DAY + timedelta(days=ahead)
    return Batch(day) if ahead else Batch(day, HISTORY_DAYS, is_first=True)


def dirty(ahead: int) -> ShopSettings:
    """Return the settings of a day: half of the second one's rows are damaged.

    That makes every kind occur, and few orders are lost, so the effects can still be found. Few
    customers of the first batch may be lost: each kind of damage to them is asked for besides. What
    is held back comes the next day, so its share may not change.
    """
    shares = [("", Decimal("0.5") if ahead == 1 else Decimal("0.03"))]
    shares += [(name, Decimal("0.03")) for name in HELD_BACK]
    shares += BROKEN.items()
    if not ahead:
        shares += [(kind.name, Decimal("0.03")) for kind in OF_ROWS["customers"]]
    return load_shop_settings(ShopChoice("tiny", changes=CHANGES, defects=tuple(shares)))


@pytest.fixture(scope="module")
def shop(
    scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    root = tmp_path_factory.mktemp("generated")
    clean = load_shop_settings(ShopChoice("tiny", changes=CHANGES))
    grader = Grader(root / "landing", root / "clean")
    with pytest.MonkeyPatch.context() as patch, scratch_database(patch):
        patch.setenv("SHOP_ROOT", str(root))
        patch.setenv("DBT_TARGET_PATH", str(root / "target"))
        patch.setenv("DBT_LOG_PATH", str(root / "target"))
        for ahead in range(DAYS):
            batch = batch_of(ahead)
            delivered = generate(root / "landing", batch, dirty(ahead))
            generate(root / "clean", batch, clean)
            run_well(str(batch.day), delivered, "load", "build")
            grader.grade(str(batch.day))
        demand = Demand(clean, load_vocabulary(clean))
        yield Shop(clean, demand, grader, root / "landing")


@pytest.fixture(scope="module")
def segments(shop: Shop) -> Iterator[effects.Segments]:
    found = effects.Segments(shop.first_batch / "truth_customers.jsonl")
    yield found
    found.close()


@pytest.fixture(scope="module")
def campaign_days(shop: Shop) -> list[date]:
    return [
        day
        for campaign in shop.demand.vocabulary.campaigns
        for day in shop.demand.days_around(campaign, campaign["holiday"])
    ]


def assert_near(found: effects.Found, bound: float) -> None:
    """Compare each value found with the one planted; the bound is relative."""
    off = {name: pair for name, pair in found.items() if abs(pair[0] / pair[1] - 1) > bound}
    assert len(found) > 1
    assert off == {}


def test_every_kind_of_defect_was_planted_and_graded(shop: Shop) -> None:
    names = {kind.name for kinds in OF_ROWS.values() for kind in kinds}
    assert len(names) == sum(map(len, OF_ROWS.values()))
    names |= set(BROKEN)
    assert names - set(shop.grader.kinds) == set()
    assert shop.grader.kinds["consequence"] > 100
    shop.grader.check_mart()


def test_days_made_again_backwards_have_the_same_bytes(shop: Shop, tmp_path: Path) -> None:
    for ahead in reversed(range(DAYS)):
        again = generate(tmp_path, batch_of(ahead), dirty(ahead))
        first = shop.landing / again.name
        names = {path.name for path in first.iterdir()}
        assert len(names) == 8
        assert {path.name for path in again.iterdir()} == names
        for name in names:
            assert (again / name).read_bytes() == (first / name).read_bytes(), name


def test_weekdays_are_found(shop: Shop) -> None:
    assert_near(effects.weekdays(shop.settings, shop.demand), 0.03)


def test_months_are_found(shop: Shop) -> None:
    assert_near(effects.months(shop.settings, shop.demand), 0.03)


def test_growth_is_found(shop: Shop) -> None:
    found, planted = effects.growth(shop.settings, shop.demand)
    assert abs(found - planted) < 0.03


def test_holidays_are_found(shop: Shop) -> None:
    found, planted = effects.holidays(shop.demand)
    assert abs(found / planted - 1) < 0.05


@pytest.mark.usefixtures("shop")
def test_best_fifth_of_customers_holds_most_of_the_spend() -> None:
    assert 0.5 < effects.spend_of_best_fifth() < 0.72


def test_newcomers_order_at_once_as_often_as_planted(shop: Shop) -> None:
    start = FIRST_DAY - timedelta(days=HISTORY_DAYS)
    planted = shop.settings.customers["first_order_at_once_pct"] / 100
    assert abs(effects.orders_at_once(start) - planted) < 0.06


def assert_within(found: effects_of_choice.Found) -> None:
    off = {name: row for name, row in found.items() if abs(row[0] - row[1]) > row[2]}
    assert len(found) > 1
    assert off == {}


def test_hours_are_found(shop: Shop) -> None:
    assert_within(effects_of_choice.hours("< 6", shop.settings.demand["hours"]["weekday"]))
    assert_within(effects_of_choice.hours("> 5", shop.settings.demand["hours"]["weekend"]))


def test_quantities_are_found(shop: Shop) -> None:
    planted = shop.settings.baskets["quantities"]
    kinds = [k.sub_category for k in shop.demand.vocabulary.kinds if k.most >= max(planted)]
    assert_within(effects_of_choice.quantities(kinds, planted))


def test_places_and_ages_are_found(shop: Shop) -> None:
    words = shop.demand.vocabulary
    assert_within(effects_of_choice.cities(words))
    assert_within(effects_of_choice.ages(words, FIRST_DAY - timedelta(days=180)))


def test_seasons_are_found(shop: Shop, campaign_days: list[date]) -> None:
    found = effects_of_choice.seasons(shop.demand.vocabulary, campaign_days)
    assert_within(found)
    ratios = [share / planted for share, planted, _ in found.values()]
    assert abs(sum(ratios) / len(ratios) - 1) < 0.1


def test_margins_are_found(shop: Shop) -> None:
    products = shop.settings.products
    price, cost = (sum(products[f"{name}_range_pct"]) / 200 for name in ("price", "cost"))
    assert_within(effects_of_choice.margins(shop.demand.vocabulary, price, cost))


def test_campaigns_are_found(shop: Shop) -> None:
    kept = effects_of_choice.campaigns_kept(shop.demand)
    assert len(kept) == len(shop.demand.vocabulary.campaigns)
    assert all(share > 0.97 for share in kept.values()), kept  # some dates are damaged


@pytest.mark.usefixtures("shop")
def test_best_fifth_of_products_sells_most_of_the_pieces() -> None:
    assert 0.5 < effects_of_choice.units_of_best_fifth() < 0.72


def test_payment_methods_are_found(shop: Shop) -> None:
    assert_near(effects.payments(shop.demand.vocabulary.payment_methods), 0.1)


def test_affinities_are_found(shop: Shop) -> None:
    found = effects.affinities(shop.demand.vocabulary.affinities)
    off = {
        name: (share, planted, orders)
        for name, (share, planted, orders) in found.items()
        if abs(share - planted) > 3.5 * math.sqrt(planted * (1 - planted) / orders)
    }
    assert sum(orders for *_, orders in found.values()) > 1000
    assert off == {}
    all_orders = sum(orders for *_, orders in found.values())
    mean = sum((share - planted) * orders for share, planted, orders in found.values()) / all_orders
    assert abs(mean) < 0.05


def test_discount_response_is_found_in_each_segment(
    shop: Shop, segments: effects.Segments, campaign_days: list[date]
) -> None:
    found = segments.discount_response(shop.settings, campaign_days)
    assert_near(found, 0.2)
    assert found["bargain"][0] > 1.7 * found["regular"][0]


def test_segments_fill_their_baskets_as_planted(shop: Shop, segments: effects.Segments) -> None:
    sizes = segments.basket_sizes()
    planted = {name: one.larger_basket_pct / 100 for name, one in shop.settings.segments.items()}
    for name, more in planted.items():
        assert abs(sizes[name] - sizes["occasional"] - float(more)) < 0.15, name


def test_segments_order_as_often_as_planted(shop: Shop, segments: effects.Segments) -> None:
    found = segments.order_rates()
    planted = {name: float(one.order_rate) for name, one in shop.settings.segments.items()}
    relative = {
        name: (found[name] / found["regular"], planted[name] / planted["regular"])
        for name in planted
    }
    assert_near(relative, 0.5)
    assert sorted(planted, key=planted.__getitem__) == sorted(found, key=found.__getitem__)


def test_lapse_is_found(shop: Shop, segments: effects.Segments) -> None:
    assert segments.sales_after_lapse() == 0
    found = segments.lapse(shop.settings)
    assert {name: pair for name, pair in found.items() if abs(pair[0] - pair[1]) > 0.05} == {}
    assert found["occasional"][0] > found["regular"][0] > found["loyal"][0]
