"""Which day and hour an order has: those of the shop, whatever clock the export was written by."""

import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from factories.exports.columns import write_ours
from factories.exports.files import read_made, write_export
from factories.exports.shopify import shopify_order
from factories.exports.woocommerce import WOOCOMMERCE_ROW
from loader.commands.convert import convert as command
from loader.contract import LENGTHS
from loader.errors import LoaderError
from loader.ingest.sources.convert import KEYS, convert
from loader.ingest.sources.records import Choices, Conversion

VALUES = {
    "products.cost": "60%",
    "products.stock_quantity": "0",
    "products.category": "Shirts",
}
NEW_YORK = "America/New_York"


LOCAL = {
    # its own offset, another's, and UTC
    "2024-11-29 10:00:00 -0500": "2024-11-29 10:00:00",
    "2024-11-29 00:30:00 +05:30": "2024-11-28 14:00:00",
    "2024-11-29 01:00:00+01": "2024-11-28 19:00:00",
    "2024-11-29T01:00:00Z": "2024-11-28 20:00:00",
    "2024-07-01 01:00:00.250 utc": "2024-06-30 21:00:00",
    "2024-12-31 23:30:00 -1000": "2025-01-01 04:30:00",
    # clocks go forward: there is no local time between two and three
    "2024-03-10 06:59:59 UTC": "2024-03-10 01:59:59",
    "2024-03-10 07:00:00 UTC": "2024-03-10 03:00:00",
    "2024-03-10 03:30:00 -0400": "2024-03-10 03:30:00",
    # clocks go back: an hour is there twice
    "2024-11-03 05:30:00 UTC": "2024-11-03 01:30:00",
    "2024-11-03 06:30:00 UTC": "2024-11-03 01:30:00",
    "2024-11-03 01:30:00 -0500": "2024-11-03 01:30:00",
    "2024-11-04 04:59:00 UTC": "2024-11-03 23:59:00",
    # no offset: the shop's own
    "2024-11-29 01:00:00": "2024-11-29 01:00:00",
}
OF_UTC = {
    "2024-11-29 01:00:00": "2024-11-28 20:00:00",
    "2024-07-01 01:00": "2024-06-30 21:00:00",
    "2024-11-29 01:00:00 -0500": "2024-11-29 01:00:00",
    "2024-11-29": "2024-11-29 00:00:00",  # a day is the shop's
}


def ordered(
    tmp_path: Path, *written: str, zone: str = NEW_YORK, is_utc: bool = False
) -> dict[str, str]:
    """Return day and hour that orders of Shopify have after their conversion."""
    orders = [shopify_order(**{"Name": one, "Created at": one}) for one in written]
    write_export(tmp_path / "in" / "orders.csv", [row for order in orders for row in order])
    choices = Choices(values=VALUES, time_zone=zone, is_utc=is_utc)
    convert("shopify", tmp_path / "in", choices, tmp_path / "out")
    found = {
        row["transaction_id"]: f"{row['transaction_date']} {row['transaction_time']}"
        for row in read_made(tmp_path / "out", "transactions")
    }
    return {one: found[short_id(one)] for one in written}


def short_id(name: str) -> str:
    length = min(LENGTHS[key] for key in KEYS)
    return name if len(name) <= length else hashlib.sha256(name.encode()).hexdigest()[:length]


def test_time_with_an_offset_becomes_the_shops(tmp_path: Path) -> None:
    assert ordered(tmp_path, *LOCAL) == LOCAL


def test_time_without_an_offset_is_of_utc_where_that_was_said(tmp_path: Path) -> None:
    assert ordered(tmp_path, *OF_UTC, is_utc=True) == OF_UTC


def test_time_is_taken_as_written_where_the_shops_zone_is_not_known(tmp_path: Path) -> None:
    # a shop of London's: in winter its clock is that of UTC
    written = ("2024-07-01 23:30:00 +0100", "2024-11-29 23:30:00 +0000")
    assert ordered(tmp_path, *written, zone="") == {one: one[:19] for one in written}


@pytest.mark.parametrize(
    ("written", "is_utc", "message"),
    [
        ("2024-11-29 01:00:00 UTC", False, "times written in UTC: 1; .* SHOP_TIME_ZONE"),
        ("2024-11-29T01:00:00Z", False, "days are to be the shop's"),
        ("2024-11-29 01:00:00 +0000", False, "times written in UTC: 1; .* SHOP_TIME_ZONE"),
        ("2024-11-29 01:00:00", True, "--utc; days are to be the shop's"),
    ],
)
def test_utc_without_the_shops_zone_is_refused(
    tmp_path: Path, written: str, message: str, *, is_utc: bool
) -> None:
    with pytest.raises(LoaderError, match=message):
        ordered(tmp_path, written, zone="", is_utc=is_utc)


def remarks(tmp_path: Path, choices: Choices) -> list[str]:
    made: Conversion = convert("woocommerce", tmp_path / "in", choices, None)
    return [one for one in made.remarks if "time" in one]


def test_report_says_which_times_were_taken_how(tmp_path: Path) -> None:
    rows = [
        WOOCOMMERCE_ROW | {"order_id": str(number), "date": date}
        for number, date in enumerate(["2024-03-05 10:00:00", "2024-03-05 10:00:00 -0500"])
    ]
    write_export(tmp_path / "in" / "orders.csv", rows)
    known, utc = (Choices(VALUES, time_zone=NEW_YORK, is_utc=is_utc) for is_utc in (False, True))
    said = f"times are those of {NEW_YORK}, by their offset from UTC: 1; without one, "
    assert remarks(tmp_path, known) == [f"{said}as written: 1"]
    assert remarks(tmp_path, utc) == [f"{said}as UTC: 1"]
    assert remarks(tmp_path, Choices(VALUES)) == [
        "times taken as written, without their offset from UTC: 1"
    ]


def test_zone_is_that_of_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TIME_ZONE", "Asia/Kolkata")
    rows = shopify_order(**{"Created at": "2024-03-05 23:30:00 -0500"})
    write_export(tmp_path / "in" / "orders.csv", rows)
    values = [f"--set={name}={value}" for name, value in VALUES.items()]
    to = ["--to", str(tmp_path / "out")]
    arguments = ["--from=shopify", str(tmp_path / "in"), *to, *values]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    [order] = read_made(tmp_path / "out", "transactions")
    assert order["transaction_date"] == "2024-03-06"
    assert order["transaction_time"] == "10:00:00"


def test_our_own_files_have_the_shops_time_already(tmp_path: Path) -> None:
    write_ours(tmp_path)
    with pytest.raises(LoaderError, match="--utc: dates and times of day of our own files"):
        convert("columns", tmp_path / "in", Choices(is_utc=True), None)
