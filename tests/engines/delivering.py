"""The files of the days that both engines take in."""

import csv
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from engines.programs import run
from loader.config.settings import Settings

FIRST_DAY = date(2025, 3, 1)
SHOP = ("--preset", "tiny")
DAMAGED = ("--defects", "0.03")
HISTORY = ("--history", "60d")
WITH_RETURNS = ("--returns", "0.1")
MOVED_BY = timedelta(days=31)  # into the month before
LATE_ORDER = "TXNLATE01"
LATE_ITEM = {
    "item_id": "ITEMLATE01",
    "transaction_id": LATE_ORDER,
    "quantity": "1",
    "unit_price": "10.00",
    "discount_percentage": "0",
    "line_total": "10.00",
}


def deliver(shop: Settings) -> list[Path]:
    """Return the folders of a first delivery and of three days, all of them with damaged rows.

    The first day's items have one whose order comes with the next delivery. There, an order of the
    first delivery is moved into another month.
    """
    folders = [
        deliver_day(shop, number, *DAMAGED, *(() if number else HISTORY)) for number in range(4)
    ]
    first, second, third, _ = folders
    [*_, order] = _rows(first, "transactions")
    [*_, product] = _rows(first, "products")
    _add(second, "transaction_items", LATE_ITEM | {"product_id": product["product_id"]})
    _add(third, "transactions", order | {"transaction_id": LATE_ORDER, "total_amount": "10.00"})
    moved = date.fromisoformat(order["transaction_date"]) - MOVED_BY
    _add(third, "transactions", order | {"transaction_date": moved.isoformat()})
    return folders


def orders_to_find(folders: list[Path]) -> dict[str, int]:
    """Return the days, as keys, of the late and the moved order."""
    *_, late, moved = _rows(folders[2], "transactions")
    return {
        order["transaction_id"]: int(order["transaction_date"].replace("-", ""))
        for order in (late, moved)
    }


def deliver_day(shop: Settings, number: int, *options: str) -> Path:
    """Return the folder with the files of a day."""
    day = (FIRST_DAY + timedelta(days=number)).isoformat()
    folder = shop.root / "delivered" / "".join(options)
    run(("generate", "--date", day, "--landing", str(folder), *SHOP, *options), shop)
    return folder / day


def _rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


def _add(folder: Path, table: str, row: Mapping[str, str]) -> None:
    """Add a row to a file; the damaged ones before it stay as they are."""
    path = folder / f"{table}.csv"
    header = path.read_text(encoding="utf-8").partition("\n")[0].strip().split(",")
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, header, lineterminator="\n").writerow(row)
