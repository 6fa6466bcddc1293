"""Files that are ours but for names and forms."""

from decimal import Decimal
from pathlib import Path

import pytest

from factories.conversions import column, convert_well
from factories.exports.columns import write_ours
from factories.exports.files import read_made
from loader.contract import REQUIRED_TABLES
from loader.errors import LoaderError
from loader.ingest.sources.convert import convert
from loader.ingest.sources.records import Choices


def test_reads_our_files_under_other_names(tmp_path: Path) -> None:
    write_ours(tmp_path)
    made = convert_well("columns", tmp_path, {})
    assert made.row_counts == dict.fromkeys(REQUIRED_TABLES, 1)
    (item,) = read_made(tmp_path / "out", "transaction_items")
    assert Decimal(item["unit_price"]) == Decimal("1000.50")
    assert column(tmp_path, "customers", "registration_date") == ["2024-01-31"]
    assert column(tmp_path, "transactions", "transaction_date") == ["2024-02-28"]


def test_takes_extra_columns_renamed_or_ignored(tmp_path: Path) -> None:
    write_ours(tmp_path, customers={"Telefon": "1"})
    with pytest.raises(
        LoaderError, match=r"Telefon.*--column 'customers.COLUMN=Telefon', or --ignore-extra"
    ):
        convert("columns", tmp_path / "in", Choices(), None)
    assert not convert("columns", tmp_path / "in", Choices(is_extra_ignored=True), None).refusals
    write_ours(tmp_path)
    renamed = (
        (tmp_path / "in" / "customer-list.csv").read_text("utf-8-sig").replace("Phone", "Telefon")
    )
    (tmp_path / "in" / "customer-list.csv").write_text(renamed, "utf-8")
    made = convert("columns", tmp_path / "in", Choices(names={"customers.phone": "Telefon"}), None)
    assert "customers.phone" not in made.left_blank


def test_takes_constants_for_missing_columns(tmp_path: Path) -> None:
    write_ours(tmp_path)
    path = tmp_path / "in" / "transaction-list.csv"
    path.write_text(path.read_text("utf-8-sig").replace("Payment Method", "Ship Mode"), "utf-8")
    choices = Choices(values={"transactions.payment_method": "Cash"}, is_extra_ignored=True)
    convert("columns", tmp_path / "in", choices, tmp_path / "out")
    assert column(tmp_path, "transactions", "payment_method") == ["Cash"]


def test_says_totals_that_disagree_with_their_lines(tmp_path: Path) -> None:
    write_ours(tmp_path, transactions={"Total Amount": "2.011,00"})
    assert any(
        "not the sum of their lines: 1, by 10.00" in remark
        for remark in convert_well("columns", tmp_path, {}).remarks
    )
