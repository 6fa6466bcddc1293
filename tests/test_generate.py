"""The made-up shop: true by construction, and the same arguments give the same bytes."""

import csv
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loader.contract import TABLES
from loader.errors import LoaderError
from loader.generator.batch import Batch
from loader.generator.keys import KEYS
from loader.generator.kinds import HELD_BACK, OF_ROWS
from loader.generator.settings import (
    SETTINGS,
    ShopChoice,
    ShopSettings,
    load_shop_settings,
)
from loader.generator.spoiling import LINES
from loader.generator.text import dates, digits, money, strings, to_csv
from loader.generator.vocabulary import load_vocabulary
from loader.generator.write import generate
from loader.load import check
from loader.settings import REPOSITORY

DAY = date(2026, 3, 1)


def shop(preset: str = "tiny", file: Path | None = None, **changes: object) -> ShopSettings:
    """Return a preset's settings with single ones changed; two underscores stand for a dot."""
    keys = tuple((key.replace("__", "."), value) for key, value in changes.items())
    return load_shop_settings(ShopChoice(preset, file, changes=keys))


TINY = shop()
# A shop in which much happens within weeks.
BUSY = shop(
    shop__orders_per_day=12,
    shop__new_products_per_day=Decimal("0.3"),
    customers__move_every_days=60,
    customers__new_email_every_days=90,
    customers__new_phone_every_days=90,
    products__price_change_every_days=20,
    products__lifetime_days=400,
    files__late_pct=8,
    files__corrected_pct=8,
)
FIRST = Batch(DAY, 90, is_first=True)

Records = dict[str, list[dict[str, str]]]
State = dict[str, dict[str, dict[str, str]]]


def read(folder: Path) -> Records:
    found = {}
    for table in TABLES:
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            found[table] = list(csv.DictReader(file))
    return found


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def by_key(found: Records) -> State:
    return {table: {row[TABLES[table][0]]: row for row in found[table]} for table in TABLES}


def after(days: int) -> date:
    return DAY + timedelta(days=days)


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
    city = {}
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


def test_nobody_orders_the_same_amount_twice_a_day(first: Records) -> None:
    orders = Counter(
        (row["customer_id"], row["transaction_date"], row["total_amount"])
        for row in first["transactions"]
    )
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


def test_stock_falls_by_what_is_sold_and_rises_by_deliveries(
    first: Records, days: list[Records]
) -> None:
    stock = {row["product_id"]: int(row["stock_quantity"]) for row in first["products"]}
    sold: dict[str, Counter[str]] = defaultdict(Counter)  # what is late is known some days later
    latest: dict[str, tuple[str, str, int]] = {}
    moved: dict[date, dict[str, int]] = {}
    for ahead, found in enumerate(days, start=1):
        day = after(ahead)
        sold_on = {row["transaction_id"]: row["transaction_date"] for row in found["transactions"]}
        for row in found["transaction_items"]:
            when = sold_on[row["transaction_id"]]
            latest[row["item_id"]] = (when, row["product_id"], int(row["quantity"]))
        now = stock | {row["product_id"]: int(row["stock_quantity"]) for row in found["products"]}
        moved[day] = {key: now[key] - stock.get(key, now[key]) for key in now}
        stock = now
    for when, product, quantity in latest.values():
        sold[when][product] += quantity
    settled = [after(ahead) for ahead in range(1, 31)]
    delivered: Counter[str] = Counter()
    for day in settled:
        for product, change in moved[day].items():
            came = change + sold[str(day)][product]
            is_cleared = stock[product] == 0 and came < 0
            assert came >= 0 or is_cleared, (day, product)
            delivered[product] += came > 0
    assert min(stock.values()) >= 0
    assert sum(count >= 4 for count in delivered.values()) > 20  # once a week and more


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


def test_bytes_do_not_depend_on_process_or_order(tmp_path: Path) -> None:
    for ahead in (3, 1):
        generate(tmp_path / "here", Batch(after(ahead)), TINY)
    for seed in ("0", "1"):
        folder = tmp_path / seed
        command = [sys.executable, "-m", "loader", "generate", "--preset=tiny"]
        subprocess.run(
            [*command, "--landing", str(folder), "--date", str(after(1))],
            check=True,
            cwd=REPOSITORY,
            env=os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": "Asia/Tokyo"},
        )
        assert content(folder / str(after(1))) == content(tmp_path / "here" / str(after(1)))


def test_bytes_are_those_of_every_other_machine(tmp_path: Path) -> None:
    """A change of the shop changes this digest, and so does a Faker with other words."""
    folder = generate(tmp_path, FIRST, TINY)
    digest = hashlib.sha256()
    for table in TABLES:
        digest.update((folder / f"{table}.csv").read_bytes())
    assert digest.hexdigest()[:16] == "67ac2fec276c384d"


def test_bytes_do_not_depend_on_the_pieces_they_are_written_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = generate(tmp_path / "whole", FIRST, TINY)
    monkeypatch.setattr("loader.generator.batch.CHUNK_ITEMS", 1)
    monkeypatch.setattr("loader.generator.text.LINES_AT_ONCE", 2)
    assert content(generate(tmp_path / "pieces", FIRST, TINY)) == content(whole)


def test_numbers_are_written_as_python_writes_them() -> None:
    numbers = [0, 1, 9, 10, 99, 100, 9_999, 10_000, 10_050, 99_999_999, 100_000_000, 2**40]
    for some in (numbers[:1], numbers[:5], numbers[:7], numbers):
        column = np.array(some)
        for least in (1, 3, 4, 5, 11):
            assert strings(digits(column, least)) == [f"{number:0{least}}" for number in some]
        assert strings(money(column)) == [f"{Decimal(number) / 100:.2f}" for number in some]
    none = np.array([], dtype=np.int64)
    assert to_csv(digits(none), money(none), dates(none, DAY), b"India") == b""


def test_single_setting_of_a_segment_leaves_the_others_as_they_are() -> None:
    change = ("customers.segments.loyal.order_rate", 3)
    segments = load_shop_settings(ShopChoice(changes=(change,))).segments
    assert segments["loyal"].order_rate == 3
    assert {**segments, "loyal": None} == {**load_shop_settings().segments, "loyal": None}


def test_another_seed_is_another_shop(tmp_path: Path) -> None:
    one = content(generate(tmp_path / "1", Batch(DAY), TINY))
    seeded = shop(seed=1)
    other = content(generate(tmp_path / "2", Batch(DAY), seeded))
    assert [name for name in one if one[name] == other[name]] == []


def test_manifest_says_what_was_written(first_folder: Path, first: Records) -> None:
    manifest = json.loads((first_folder / "manifest.json").read_text())
    assert manifest["settings"]["seed"] == 2024
    for table, rows in first.items():
        file = manifest["files"][f"{table}.csv"]
        assert file["rows"] == len(rows)
        assert file["bytes"] == (first_folder / f"{table}.csv").stat().st_size
        for column, total in file["true_sums"].items():
            assert Decimal(total) == sum(Decimal(row[column]) for row in rows)
    truth = json.loads((first_folder / "truth.json").read_text())
    revenue = manifest["files"]["transaction_items.csv"]["true_sums"]["line_total"]
    assert truth["sales"]["revenue_amount"] == revenue
    assert sum(day["orders_in_batch"] for day in truth["days"]) == len(first["transactions"])


def test_batch_made_again_takes_the_place_of_the_first(tmp_path: Path) -> None:
    folder = generate(tmp_path, FIRST, TINY)
    (folder / "extra.csv").write_text("left by hand\n")
    assert generate(tmp_path, Batch(DAY), TINY) == folder
    assert sorted(content(folder)) == sorted(
        [
            "manifest.json",
            "truth.json",
            "truth_customers.jsonl",
            *(f"{table}.csv" for table in TABLES),
        ]
    )
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_delivered_files_are_not_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / str(DAY)
    folder.mkdir()
    (folder / "customers.csv").write_text("theirs\n")
    with pytest.raises(LoaderError, match="were not generated"):
        generate(tmp_path, Batch(DAY), TINY)
    assert content(folder) == {"customers.csv": b"theirs\n"}


def test_interrupted_batch_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = generate(tmp_path, Batch(DAY), TINY)
    before = content(folder)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("loader.generator.write.truth", interrupt)
    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path, FIRST, TINY)
    assert content(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


@pytest.mark.usefixtures("heard_signals")
def test_killed_batch_is_not_there_and_the_next_one_clears_up(tmp_path: Path) -> None:
    killed = begin_long_batch(tmp_path)
    killed.kill()
    killed.wait()
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(f".{DAY}-")
    interrupted = begin_long_batch(tmp_path, besides=left)
    interrupted.send_signal(signal.SIGINT)
    assert "Aborted!" in interrupted.communicate()[1]
    assert interrupted.returncode == 1
    assert list(tmp_path.iterdir()) == []


def begin_long_batch(landing: Path, besides: Path | None = None) -> subprocess.Popen[str]:
    """Return the process that writes a batch, once it writes."""
    command = [sys.executable, "-m", "loader", "generate", "--preset", "large", "--history", "365"]
    process = subprocess.Popen(
        [*command, "--date", str(DAY), "--landing", str(landing)],
        stderr=subprocess.PIPE, text=True, cwd=REPOSITORY,
    )  # fmt: skip
    while all(path.parent.parent == besides for path in landing.glob(".*/new/transactions.csv")):
        assert process.poll() is None
        time.sleep(0.01)
    return process


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shop.orders_per_day": 0}, "shop.orders_per_day is 0; give a number from 1 to 20000"),
        ({"shop.orders_per_day": "many"}, "shop.orders_per_day is 'many'; give a number"),
        ({"seed": -1}, "seed is -1; give a whole number from 0"),
        (
            {"shop.orders_a_day": 3},
            "no setting shop.orders_a_day; did you mean shop.orders_per_day",
        ),
        ({"demand.weekdays_pct.funday": 3}, "no setting demand.weekdays_pct.funday"),
        ({"shop.opened_on": 2024}, "shop.opened_on is 2024; give a date from 2000-01-01"),
        ({"products.price_range_pct": [110, 90]}, "price_range_pct is .110, 90.; give two whole"),
        ({"demand.hours.weekday": [0] * 24}, "demand.hours.weekday is .*; give 24 numbers"),
        ({"baskets.sizes": {"one": 1}}, "baskets.sizes is .*; give shares above 0"),
        ({"customers.segments.new": {"share": 1}}, "customers.segments.new.order_rate is missing"),
        ({"vocabulary": "mars.toml"}, "vocabulary is 'mars.toml'; there is no file"),
    ],
)
def test_wrong_settings_are_refused_with_key_and_range(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(LoaderError, match=words):
        shop(**changes)


def test_unknown_preset_and_broken_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LoaderError, match="no preset 'huge'; choose one of demo, tiny, large"):
        shop("huge")
    broken = tmp_path / "shop.toml"
    broken.write_text("seed = ")
    with pytest.raises(LoaderError, match=r"shop.toml is not TOML"):
        shop("demo", broken)


def test_shop_has_nothing_before_it_opened(tmp_path: Path) -> None:
    with pytest.raises(LoaderError, match="opened on 2024-01-01"):
        generate(tmp_path, Batch(date(2023, 12, 31)), TINY)


def test_another_country_and_catalogue_are_another_file(tmp_path: Path) -> None:
    """Nothing of the Indian shop is left when the data says something else."""
    (tmp_path / "bakery.toml").write_text(BAKERY)
    (tmp_path / "shop.toml").write_text('vocabulary = "bakery.toml"\n[shop]\norders_per_day = 9\n')
    settings = shop("tiny", tmp_path / "shop.toml")
    folder = generate(tmp_path / "landing", Batch(DAY, 30, is_first=True), settings)
    assert check(folder).warnings == ()
    found = read(folder)
    assert {row["category"] for row in found["products"]} == {"Brot, hell"}
    assert {(row["city"], row["state"], row["country"]) for row in found["customers"]} == {
        ("Bremen", "Bremen", "Deutschland")
    }
    assert {row["payment_method"] for row in found["transactions"]} == {"Bar"}
    assert all(re.fullmatch(r"\S.* \d+, 28\d{3} Bremen", row["shipping_address"])
               for row in found["transactions"])  # fmt: skip
    names = [row["product_name"] for row in found["products"]]
    assert names[0] == 'Mohn "Spezial"'
    assert names[1:] == [f'Mohn "Spezial" Nr. {turn}' for turn in range(2, len(names) + 1)]
    assert all(row["phone"].startswith("+49 30 23125 ") for row in found["customers"])


BAKERY = """
[people]
locale = "de_DE"
country = "Deutschland"
country_code = "DE"
address = "{street} {building}, {postal_code} {city}"
email_domains = ["example.org"]
phones = ["+49 30 23125 ###"]
[age_groups]
"18+" = [18, 1]
[payment_methods]
Bar = 1
[prices]
step = 0.5
less = 0.01
[places.Bremen]
Bremen = ["28", 1]
[brands]
"Brot, hell" = ["Backhaus"]
[[catalogue]]
category = "Brot, hell"
sub_category = "Mohn"
styles = ["Mohn"]
things = ['"Spezial"']
name = "{style} {thing}"
again = "{name} Nr. {number}"
price = [2, 9]
margin_pct = [30, 50]
demand = 1
most = 9
"""


@pytest.mark.parametrize("again", ["{name}", "{name} {turn}"])
def test_pattern_of_names_that_cannot_tell_products_apart_is_refused(
    tmp_path: Path, again: str
) -> None:
    text = BAKERY.replace("{name} Nr. {number}", again)
    (tmp_path / "bakery.toml").write_text(text)
    (tmp_path / "shop.toml").write_text('vocabulary = "bakery.toml"\n')
    with pytest.raises(LoaderError, match=r"bakery\.toml: Mohn: .*\{name\} and \{number\}"):
        load_vocabulary(shop("tiny", tmp_path / "shop.toml"))


@pytest.mark.parametrize("sign", [r"\n", r"\u0000", r"\t"])
def test_word_that_breaks_a_line_is_refused(tmp_path: Path, sign: str) -> None:
    text = BAKERY.replace("{street} {building}, ", "{street} {building}" + sign)
    (tmp_path / "bakery.toml").write_text(text)
    (tmp_path / "shop.toml").write_text('vocabulary = "bakery.toml"\n')
    with pytest.raises(
        LoaderError, match=r"bakery\.toml: .*has a line break or a control character"
    ):
        load_vocabulary(shop("tiny", tmp_path / "shop.toml"))


def test_margin_that_a_cost_could_overtake_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bakery.toml").write_text(BAKERY.replace("[30, 50]", "[5, 50]"))
    (tmp_path / "shop.toml").write_text('vocabulary = "bakery.toml"\n')
    settings = shop("tiny", tmp_path / "shop.toml")
    with pytest.raises(LoaderError, match="Mohn: with margin_pct from 5"):
        generate(tmp_path, Batch(DAY), settings)


def test_settings_file_stands_for_itself() -> None:
    assert shop("demo", SETTINGS) == load_shop_settings()


def test_docs_list_every_setting_and_every_rule() -> None:
    page = (REPOSITORY / "docs/generator.md").read_text()
    rows = re.findall(r"^\| `([\w.*]+)` \| [^|]*\| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE)
    assert rows == [(key.path, key.range, key.meaning) for key in KEYS]
    rules = {
        rule.split(":")[0] for kinds in OF_ROWS.values() for kind in kinds for rule in kind.rules
    }
    assert {rule for rule in {*rules, *LINES} if f"`{rule}`" not in page} == set()
    assert {name for name in HELD_BACK if f"`{name}`" not in page} == set()


def test_unknown_kind_of_defect_is_refused_with_a_hint() -> None:
    choice = ShopChoice("tiny", defects=(("customers.format:mail", Decimal("0.1")),))
    with pytest.raises(LoaderError, match=r"did you mean customers\.format:email"):
        load_shop_settings(choice)


def test_one_kind_of_defect_is_planted_alone(tmp_path: Path) -> None:
    choice = ShopChoice("tiny", defects=(("transaction_items.range:quantity", Decimal("0.1")),))
    folder = generate(tmp_path, FIRST, load_shop_settings(choice))
    answers = [json.loads(line) for line in (folder / "answer_key.jsonl").read_text().splitlines()]
    planted = [answer for answer in answers if answer["kind"] != "consequence"]
    assert {answer["kind"] for answer in planted} == {"transaction_items.range:quantity"}
    lines = (folder / "transaction_items.csv").read_text().splitlines()
    assert 0.06 < len(planted) / len(lines) < 0.14
    for answer in planted:
        assert lines[answer["line"] - 1].split(",")[0] == answer["key"]
        assert lines[answer["line"] - 1].split(",")[3] == "0"


def test_wrong_encoding_is_planted_where_it_is_asked_for(tmp_path: Path) -> None:
    choice = ShopChoice("tiny", defects=(("customers.encoding", Decimal("0.1")),))
    folder = generate(tmp_path, FIRST, load_shop_settings(choice))
    answers = [json.loads(line) for line in (folder / "answer_key.jsonl").read_text().splitlines()]
    assert {(answer["file"], answer["outcome"]) for answer in answers} == {
        ("customers.csv", "file refused")
    }
    with pytest.raises(LoaderError, match=rf"customers.csv, line {answers[0]['line']}.*UTF-8"):
        check(folder)
