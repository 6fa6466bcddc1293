"""The made-up shop: the contract's rules hold, and the same arguments give the same bytes."""

import csv
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from loader.contract import TABLES
from loader.errors import LoaderError
from loader.generate import Batch, generate
from loader.load import check
from loader.settings import REPOSITORY
from loader.shop import Shop

DAY = date(2026, 3, 1)
NEXT_DAY = date(2026, 3, 2)
SHOP = Shop(customers=60, products=40, transactions_per_day=12)
FIRST = Batch(DAY, 90, is_first=True)

Records = dict[str, list[dict[str, str]]]


def read(folder: Path) -> Records:
    found = {}
    for table in TABLES:
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            found[table] = list(csv.DictReader(file))
    return found


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Records:
    return read(generate(tmp_path_factory.mktemp("landing"), FIRST, SHOP))


def test_files_pass_the_scan(tmp_path: Path) -> None:
    result = check(generate(tmp_path, FIRST, SHOP))
    assert result.warnings == ()
    assert all(scan.row_count for scan in result.files)


def test_first_batch_of_the_default_shop_has_a_year_of_history(tmp_path: Path) -> None:
    found = read(generate(tmp_path, Batch(DAY, 365, is_first=True)))
    assert 9_000 < len(found["transactions"]) < 11_000
    assert 27_000 < len(found["transaction_items"]) < 33_000
    days = {row["transaction_date"] for row in found["transactions"]}
    assert days == {str(DAY - timedelta(days=back)) for back in range(365)}


def test_keys_are_unique_and_references_hold(first: Records) -> None:
    keys = {table: [row[TABLES[table][0]] for row in rows] for table, rows in first.items()}
    assert [table for table, ids in keys.items() if len(set(ids)) != len(ids)] == []
    assert {row["customer_id"] for row in first["transactions"]} <= set(keys["customers"])
    assert {row["product_id"] for row in first["transaction_items"]} <= set(keys["products"])
    assert {row["transaction_id"] for row in first["transaction_items"]} == set(
        keys["transactions"]
    )


def test_nobody_can_be_reached(first: Records) -> None:
    emails = [row["email"] for row in first["customers"]]
    assert len(set(emails)) == len(emails)
    for row in first["customers"]:
        assert re.fullmatch(r"[a-z.]+\d+@example\.(com|net|org)", row["email"])
        assert re.fullmatch(r"\+1-[2-9]\d\d-555-01\d\d", row["phone"])


def test_customers_register_before_they_order(first: Records) -> None:
    registered = {row["customer_id"]: row["registration_date"] for row in first["customers"]}
    assert [
        row
        for row in first["transactions"]
        if row["transaction_date"] < registered[row["customer_id"]]
    ] == []


def test_addresses_agree_with_the_table_of_places(first: Records) -> None:
    places = {(city, state): prefix for state, city, prefix in SHOP.places}
    assert {(row["city"], row["state"]) for row in first["customers"]} <= set(places)
    for row in first["transactions"]:
        street, city, state_and_code = row["shipping_address"].rsplit(", ", 2)
        state, code = state_and_code.rsplit(" ", 1)
        assert street
        assert code.startswith(places[city, state])
        assert re.fullmatch(r"\d{6}", code)


def test_costs_are_below_prices(first: Records) -> None:
    for row in first["products"]:
        assert Decimal(0) < Decimal(row["cost"]) < Decimal(row["price"])


def test_totals_are_exact(first: Records) -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in first["transaction_items"]:
        gross = int(row["quantity"]) * Decimal(row["unit_price"])
        exact = gross * (100 - int(row["discount_percentage"])) / 100
        assert Decimal(row["line_total"]) == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        sums[row["transaction_id"]] += Decimal(row["line_total"])
    assert sums == {
        row["transaction_id"]: Decimal(row["total_amount"]) for row in first["transactions"]
    }


def test_price_at_sale_is_the_price_of_that_day(tmp_path: Path) -> None:
    prices = {
        row["product_id"]: row["price"]
        for row in read(generate(tmp_path, Batch(DAY, is_first=True), SHOP))["products"]
    }
    items = read(generate(tmp_path, Batch(DAY, is_first=True), SHOP))["transaction_items"]
    assert items
    assert [row for row in items if row["unit_price"] != prices[row["product_id"]]] == []


def test_later_day_brings_its_sales_and_what_changed(tmp_path: Path, first: Records) -> None:
    later = read(generate(tmp_path, Batch(NEXT_DAY), SHOP))
    assert {row["transaction_date"] for row in later["transactions"]} == {str(NEXT_DAY)}
    known = {row["customer_id"]: row for row in first["customers"]}
    new = [row for row in later["customers"] if row["customer_id"] not in known]
    assert [row["registration_date"] for row in new] == [str(NEXT_DAY)]
    for row in later["customers"]:
        before = known.get(row["customer_id"], row)
        assert {key for key in row if row[key] != before[key]} <= {"city", "state"}


def test_days_together_tell_the_same_as_one_batch(tmp_path: Path, first: Records) -> None:
    """Changes delivered day by day lead to the state that a batch of all of them carries."""
    days = 60
    state: dict[str, dict[str, dict[str, str]]] = {
        table: {row[TABLES[table][0]]: row for row in first[table]} for table in TABLES
    }
    changes: Counter[str] = Counter()
    for ahead in range(1, days + 1):
        found = read(generate(tmp_path, Batch(DAY + timedelta(days=ahead)), SHOP))
        for table, rows in found.items():
            changes[table] += len(rows)
            state[table] |= {row[TABLES[table][0]]: row for row in rows}
    last = DAY + timedelta(days=days)
    whole = read(generate(tmp_path / "whole", Batch(last, 90 + days, is_first=True), SHOP))
    for table, rows in whole.items():
        assert state[table] == {row[TABLES[table][0]]: row for row in rows}
    assert changes["customers"] > days  # a new one a day, and some have moved
    skipped = read(generate(tmp_path / "at once", Batch(last, days), SHOP))
    assert {row["transaction_id"] for row in skipped["transactions"]} == (
        set(state["transactions"]) - {row["transaction_id"] for row in first["transactions"]}
    )


def test_bytes_do_not_depend_on_process_or_order(tmp_path: Path) -> None:
    for day in (NEXT_DAY, DAY):
        generate(tmp_path / "here", Batch(day), SHOP)
    options = ["--customers=60", "--products=40", "--transactions-per-day=12"]
    for seed in ("0", "1"):
        folder = tmp_path / seed
        command = [sys.executable, "-m", "loader", "generate", "--landing", str(folder), *options]
        subprocess.run(
            [*command, "--date", str(NEXT_DAY)],
            check=True,
            cwd=REPOSITORY,
            env=os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": "Asia/Tokyo"},
        )
        assert content(folder / str(NEXT_DAY)) == content(tmp_path / "here" / str(NEXT_DAY))


def test_another_seed_is_another_shop(tmp_path: Path) -> None:
    one = content(generate(tmp_path / "1", Batch(DAY), SHOP))
    other = content(generate(tmp_path / "2", Batch(DAY), Shop(1, 60, 40, 12)))
    assert [name for name in one if one[name] == other[name]] == []


def test_batch_made_again_takes_the_place_of_the_first(tmp_path: Path) -> None:
    folder = generate(tmp_path, FIRST, SHOP)
    (folder / "extra.csv").write_text("left by hand\n")
    assert generate(tmp_path, Batch(DAY), SHOP) == folder
    assert sorted(content(folder)) == sorted(
        ["manifest.json", *(f"{table}.csv" for table in TABLES)]
    )
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_delivered_files_are_not_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / str(DAY)
    folder.mkdir()
    (folder / "customers.csv").write_text("theirs\n")
    with pytest.raises(LoaderError, match="were not generated"):
        generate(tmp_path, Batch(DAY), SHOP)
    assert content(folder) == {"customers.csv": b"theirs\n"}


def test_interrupted_batch_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = generate(tmp_path, Batch(DAY), SHOP)
    before = content(folder)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("loader.generate._write_manifest", interrupt)
    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path, FIRST, SHOP)
    assert content(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


@pytest.mark.parametrize(
    ("shop", "batch", "words"),
    [
        (Shop(customers=0), Batch(DAY), "customers is 0"),
        (Shop(products=-1), Batch(DAY), "products is -1"),
        (Shop(transactions_per_day=60_000), Batch(DAY), "transactions_per_day is 60000"),
        (Shop(), Batch(DAY, 0), "days is 0"),
        (Shop(), Batch(date(2023, 12, 31)), "opened on 2024-01-01"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, shop: Shop, batch: Batch, words: str) -> None:
    with pytest.raises(LoaderError, match=words):
        generate(tmp_path, batch, shop)
