"""Returns of a sample shop: of what was sold, late, corrected, and none unless asked for."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from factories.synthetic_shop import content, read
from loader.errors import LoaderError
from loader.generator.batch import Batch
from loader.generator.settings import ShopChoice, load_shop_settings
from loader.generator.write import TRUTH, generate

FIRST = date(2025, 3, 1)
CHOICE = ShopChoice(
    "tiny",
    changes=(("files.late_pct", 20), ("files.corrected_pct", 30), ("returns.days", 9)),
    returns=Decimal("0.2"),
)
BATCHES = [Batch(FIRST, 60, is_first=True), *(Batch(FIRST + timedelta(n)) for n in range(1, 13))]
Row = dict[str, str]


def rows_after(folders: list[Path], table: str) -> dict[str, Row]:
    """Return the last row of each key."""
    found: dict[str, Row] = {}
    for folder in folders:
        found |= {next(iter(row.values())): row for row in read(folder)[table]}
    return found


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    landing = tmp_path_factory.mktemp("days")
    return [generate(landing, batch, load_shop_settings(CHOICE)) for batch in BATCHES]


def test_returns_are_of_what_was_sold_and_not_before(folders: list[Path]) -> None:
    sold = rows_after(folders, "transaction_items")
    days = rows_after(folders, "transactions")
    returned = rows_after(folders, "returns")
    assert 0.1 < len(returned) / len(sold) < 0.25
    for row in returned.values():
        item = sold[row["item_id"]]
        assert 1 <= int(row["quantity"]) <= int(item["quantity"])
        assert Decimal(0) <= Decimal(row["refund_amount"]) <= Decimal(item["line_total"])
        assert row["return_date"] >= days[item["transaction_id"]]["transaction_date"]
    assert len({row["reason"] for row in returned.values()}) == 6


def test_no_return_is_delivered_before_its_item_or_its_day(folders: list[Path]) -> None:
    for number, folder in enumerate(folders):
        sold = rows_after(folders[: number + 1], "transaction_items")
        for row in read(folder)["returns"]:
            assert row["item_id"] in sold
            assert row["return_date"] <= folder.name


def test_days_together_tell_the_same_as_one_batch(folders: list[Path], tmp_path: Path) -> None:
    together = replace(BATCHES[-1], days=len(BATCHES) - 1)
    one = generate(tmp_path, together, load_shop_settings(CHOICE))
    of_days = rows_after(folders[1:], "returns")
    assert rows_after([one], "returns") == of_days
    assert any(row["return_id"] in rows_after(folders[:1], "returns") for row in of_days.values())


def test_truth_adds_up_to_what_the_files_say(folders: list[Path]) -> None:
    refunds: dict[str, Decimal] = {}
    kinds: dict[str, int] = {}
    for folder in folders:
        truth = json.loads((folder / TRUTH).read_text())["returns"]
        for change in truth["changes"]:
            day = change["date"]
            refunds[day] = refunds.get(day, Decimal(0)) + Decimal(change["refund_amount"])
        for kind in ("late_returns", "corrected_returns"):
            kinds[kind] = kinds.get(kind, 0) + truth[kind]
    expected: dict[str, Decimal] = {}
    for row in rows_after(folders, "returns").values():
        day = row["return_date"]
        expected[day] = expected.get(day, Decimal(0)) + Decimal(row["refund_amount"])
    assert {day: amount for day, amount in refunds.items() if amount or day in expected} == expected
    assert min(kinds.values()) > 5


def test_without_returns_every_other_byte_is_the_same(tmp_path: Path) -> None:
    batch = Batch(FIRST, 20, is_first=True)
    without = content(generate(tmp_path / "without", batch, load_shop_settings(ShopChoice("tiny"))))
    choice = ShopChoice("tiny", returns=Decimal("0.1"))
    with_some = content(generate(tmp_path / "with", batch, load_shop_settings(choice)))
    assert with_some.keys() - without.keys() == {"returns.csv"}
    assert [name for name, data in without.items() if with_some[name] != data] == [
        name for name in without if name in ("manifest.json", "truth.json")
    ]
    assert "returns" not in json.loads(without["manifest.json"])["settings"]


def test_returns_and_defects_together_are_refused() -> None:
    choice = ShopChoice("tiny", returns=Decimal("0.1"), defects=(("", Decimal("0.1")),))
    with pytest.raises(LoaderError, match="leave out one of the two"):
        load_shop_settings(choice)
