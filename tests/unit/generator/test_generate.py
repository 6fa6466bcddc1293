"""The sample shop is true by construction."""

import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from factories.synthetic_shop import BUSY, DAY, FIRST, TINY, Records, after, read
from loader.contract import TABLES
from loader.generator.batch import Batch
from loader.generator.settings import load_shop_settings
from loader.generator.vocabulary import load_vocabulary
from loader.generator.write import generate
from loader.ingest.load import check

State = dict[str, dict[str, dict[str, str]]]


def by_key(found: Records) -> State:
    return {table: {row[TABLES[table][0]]: row for row in found[table]} for table in found}


@pytest.fixture(scope="module")
def first_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("first"), FIRST, BUSY)


@pytest.fixture(scope="module")
def first(first_folder: Path) -> Records:
    return read(first_folder)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[Records]:
    """Return the batches of the 40 days after the first one."""
    landing = tmp_path_factory.mktemp("days")
    return [read(generate(landing, Batch(after(ahead)), BUSY)) for ahead in range(1, 41)]


def test_files_pass_the_scan(first_folder: Path) -> None:
    result = check(first_folder)
    assert result.warnings == ()
    assert all(scan.row_count for scan in result.files)


def test_first_batch_of_the_default_shop_has_a_year_of_history(tmp_path: Path) -> None:
    found = read(generate(tmp_path, Batch(DAY, 365, is_first=True), load_shop_settings()))
    assert 2_000 < len(found["customers"]) < 3_500
    assert 400 < len(found["products"]) < 700
    assert 8_000 < len(found["transactions"]) < 12_000
    assert 2.7 < len(found["transaction_items"]) / len(found["transactions"]) < 3.3
    sold_on = {row["transaction_date"] for row in found["transactions"]}
    assert sold_on == {str(DAY - timedelta(days=back)) for back in range(365)}


def test_no_two_products_have_one_name(first: Records) -> None:
    names = [row["product_name"] for row in first["products"]]
    assert len(set(names)) == len(names) > 50
    assert all(row["brand"] in row["product_name"] or row["category"] == "Books"
               for row in first["products"])  # fmt: skip


def test_keys_are_unique_and_references_hold(first: Records) -> None:
    keys = {table: [row[TABLES[table][0]] for row in rows] for table, rows in first.items()}
    assert [table for table, ids in keys.items() if len(set(ids)) != len(ids)] == []
    assert {row["customer_id"] for row in first["transactions"]} <= set(keys["customers"])
    assert {row["product_id"] for row in first["transaction_items"]} <= set(keys["products"])
    assert {row["transaction_id"] for row in first["transaction_items"]} == set(
        keys["transactions"]
    )


def test_nobody_can_be_reached(first: Records, days: list[Records]) -> None:
    for found in (first, *days):
        for row in found["customers"]:
            assert re.fullmatch(r"[a-z._]+\d+@example\.(com|net|org)", row["email"])
            assert re.fullmatch(r"\+1-[2-9]\d\d-555-01\d\d", row["phone"])


def test_email_addresses_are_unique_whatever_changes(first: Records, days: list[Records]) -> None:
    state = by_key(first)["customers"]
    before = dict(state)
    for found in days:
        state |= by_key(found)["customers"]
        addresses = [row["email"] for row in state.values()]
        assert len(set(addresses)) == len(addresses)
    assert any(before[key]["email"] != state[key]["email"] for key in before)


def test_customers_register_before_they_order(first: Records, days: list[Records]) -> None:
    registered: dict[str, str] = {}
    for found in (first, *days):
        registered |= {row["customer_id"]: row["registration_date"] for row in found["customers"]}
        assert [
            row
            for row in found["transactions"]
            if row["transaction_date"] < registered[row["customer_id"]]
        ] == []


def test_addresses_agree_with_the_table_of_places(first: Records) -> None:
    words = load_vocabulary(BUSY)
    places = {(place.city, place.state): place.postal_code for place in words.places}
    assert {(row["city"], row["state"]) for row in first["customers"]} <= set(places)
    assert {row["country"] for row in first["customers"]} == {"India"}
    for row in first["transactions"]:
        street, city, state_and_code = row["shipping_address"].rsplit(", ", 2)
        state, code = state_and_code.rsplit(" ", 1)
        assert re.match(r"\d+ \S", street)
        assert code.startswith(places[city, state])
        assert re.fullmatch(r"\d{6}", code)


def test_orders_go_to_where_the_customer_lives(days: list[Records]) -> None:
    city: dict[str, str] = {}
    for found in days:
        city |= {row["customer_id"]: row["city"] for row in found["customers"]}
        today = max(row["transaction_date"] for row in found["transactions"])
        for row in found["transactions"]:
            if row["transaction_date"] == today and row["customer_id"] in city:
                assert f", {city[row['customer_id']]}, " in row["shipping_address"]


def test_costs_are_below_prices_and_margins_in_their_bands(first: Records) -> None:
    margins = []
    for row in first["products"]:
        price, cost = Decimal(row["price"]), Decimal(row["cost"])
        assert 0 < cost < price
        margins.append((price - cost) / price)
    assert Decimal("0.05") < min(margins)
    assert max(margins) < Decimal("0.70")


def test_totals_are_exact(first: Records, days: list[Records]) -> None:
    for found in (first, *days):
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for row in found["transaction_items"]:
            gross = int(row["quantity"]) * Decimal(row["unit_price"])
            exact = gross * (100 - int(row["discount_percentage"])) / 100
            assert Decimal(row["line_total"]) == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
            sums[row["transaction_id"]] += Decimal(row["line_total"])
        assert sums == {
            row["transaction_id"]: Decimal(row["total_amount"]) for row in found["transactions"]
        }


def test_nobody_orders_twice_a_day(first: Records) -> None:
    orders = Counter((row["customer_id"], row["transaction_date"]) for row in first["transactions"])
    assert max(orders.values()) == 1


def test_orders_come_in_while_the_shop_is_open(first: Records) -> None:
    hours = TINY.demand["hours"]
    for row in first["transactions"]:
        is_weekend = date.fromisoformat(row["transaction_date"]).weekday() >= 5
        hour = int(row["transaction_time"][:2])
        assert hours["weekend" if is_weekend else "weekday"][hour] > 0


def test_price_at_sale_is_the_price_of_that_day(first: Records, days: list[Records]) -> None:
    prices = {row["product_id"]: row["price"] for row in first["products"]}
    before = dict(prices)
    for ahead, found in enumerate(days, start=1):
        prices |= {row["product_id"]: row["price"] for row in found["products"]}
        sold_on = {row["transaction_id"]: row["transaction_date"] for row in found["transactions"]}
        for row in found["transaction_items"]:
            if sold_on[row["transaction_id"]] == str(after(ahead)):
                assert row["unit_price"] == prices[row["product_id"]]
    assert sum(before[key] != prices[key] for key in before) > 10


def test_discontinued_products_are_cleared_and_sold_no_more(days: list[Records]) -> None:
    gone: dict[str, int] = {}
    for ahead, found in enumerate(days, start=1):
        sold_on = {row["transaction_id"]: row["transaction_date"] for row in found["transactions"]}
        for row in found["transaction_items"]:
            if sold_on[row["transaction_id"]] == str(after(ahead)):
                assert row["product_id"] not in gone
        # the last row of a product says that there is none left, and none comes
        for row in found["products"]:
            assert row["product_id"] not in gone
            if row["stock_quantity"] == "0" and row["product_id"] not in {
                later["product_id"] for more in days[ahead:] for later in more["products"]
            }:
                gone[row["product_id"]] = ahead
    assert gone


def test_days_together_tell_the_same_as_one_batch(
    tmp_path: Path, first: Records, days: list[Records]
) -> None:
    """News delivered day by day leads to the state that a batch of all of them carries."""
    state = by_key(first)
    for found in days:
        for table, rows in by_key(found).items():
            state[table] |= rows
    last = after(len(days))
    whole = by_key(read(generate(tmp_path, Batch(last, 90 + len(days), is_first=True), BUSY)))
    for table, rows in whole.items():
        assert state[table] == rows, table
    skipped = by_key(read(generate(tmp_path / "at once", Batch(last, len(days)), BUSY)))
    for table, rows in by_key(first).items():
        assert rows | skipped[table] == whole[table], table


def test_late_orders_and_corrections_arrive(first: Records, days: list[Records]) -> None:
    known = by_key(first)["transactions"]
    late, changed = 0, Counter[str]()
    for ahead, found in enumerate(days, start=1):
        for key, row in by_key(found)["transactions"].items():
            if key in known:
                changed.update(name for name in row if row[name] != known[key][name])
            else:
                late += row["transaction_date"] < str(after(ahead))
            known[key] = row
    assert late > 10
    assert set(changed) == {"payment_method", "total_amount"}
    assert min(changed.values()) > 5


def test_customers_move_and_change_what_can_change(first: Records, days: list[Records]) -> None:
    state = by_key(first)["customers"]
    changed: Counter[str] = Counter()
    for ahead, found in enumerate(days, start=1):
        for key, row in by_key(found)["customers"].items():
            if key not in state:
                assert row["registration_date"] == str(after(ahead))
            else:
                changed.update(name for name in row if row[name] != state[key][name])
        state |= by_key(found)["customers"]
    assert set(changed) == {"city", "state", "email", "phone", "age_group"}
