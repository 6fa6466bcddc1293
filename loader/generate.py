"""Write the four files that the made-up shop would deliver on a day."""

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp

from loader.contract import TABLES, file_name
from loader.errors import LoaderError
from loader.sales import sales
from loader.shop import (
    COST_DAYS,
    MOVE_DAYS,
    PRICE_DAYS,
    STOCK_DAYS,
    Row,
    Shop,
    customer,
    product,
    registered_on,
    version,
)

HISTORY_DAYS = 365
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Batch:
    """Say what a batch carries: the sales of the `days` up to `day`, and what changed in them.

    The first batch carries every customer and product instead of the changed ones.
    """

    day: date
    days: int = 1
    is_first: bool = False

    @property
    def sales_days(self) -> list[date]:
        """Return the days whose sales the batch carries, in order."""
        return [self.day - timedelta(days=back) for back in reversed(range(self.days))]

    @property
    def last_day_before(self) -> date:
        """Return the day that the batch's changes are changes against."""
        return self.day - timedelta(days=self.days)


def generate(landing_dir: Path, batch: Batch, shop: Shop | None = None) -> Path:
    """Write the four files of a batch and a manifest to a folder named by its date; return it.

    The same arguments give the same bytes, on any machine and in any order of days.

    Raises:
        LoaderError: the shop was not open yet, a setting is out of range, or the folder holds
            files that were not generated.
    """
    shop = shop or Shop()
    _check(shop, batch)
    target = landing_dir / batch.day.isoformat()
    _refuse_foreign_files(target)
    with _written_aside(target) as aside:
        rows = {
            table: _write(aside / file_name(table), table, make(shop, batch))
            for table, make in MAKERS.items()
        }
        _write_manifest(aside, shop, batch, rows)
    return target


def _check(shop: Shop, batch: Batch) -> None:
    for name in ("customers", "products", "transactions_per_day"):
        if getattr(shop, name) < 1:
            raise LoaderError(f"{name} is {getattr(shop, name)}; give 1 or more")
    if shop.transactions_per_day > 50_000:  # ids have five digits for a day's transactions
        raise LoaderError(
            f"transactions_per_day is {shop.transactions_per_day}; give 50000 or less"
        )
    if batch.days < 1:
        raise LoaderError(f"days is {batch.days}; give 1 or more")
    if batch.day < shop.opened_on:
        raise LoaderError(
            f"the generated shop opened on {shop.opened_on}, so it has nothing to deliver "
            f"on {batch.day}; give a later date"
        )


def _customers(shop: Shop, batch: Batch) -> Iterator[Row]:
    before = batch.last_day_before
    for number in range(1, shop.customer_count(batch.day) + 1):
        is_new = batch.is_first or registered_on(shop, number) > before
        if is_new or _has_changed(shop, "home", number, batch, MOVE_DAYS):
            yield customer(shop, number, batch.day)


def _products(shop: Shop, batch: Batch) -> Iterator[Row]:
    calendars = {"price": PRICE_DAYS, "cost": COST_DAYS, "stock": STOCK_DAYS}
    for number in range(1, shop.products + 1):
        if batch.is_first or any(
            _has_changed(shop, kind, number, batch, every) for kind, every in calendars.items()
        ):
            yield product(shop, number, batch.day)


def _has_changed(shop: Shop, kind: str, number: int, batch: Batch, every: int) -> bool:
    now = version(shop, kind, number, batch.day, every)
    return now != version(shop, kind, number, batch.last_day_before, every)


def _sales(shop: Shop, batch: Batch) -> Iterator[tuple[Row, list[Row]]]:
    for day in batch.sales_days:
        if day >= shop.opened_on:
            yield from sales(shop, day)


def _transactions(shop: Shop, batch: Batch) -> Iterator[Row]:
    return (transaction for transaction, _ in _sales(shop, batch))


def _items(shop: Shop, batch: Batch) -> Iterator[Row]:
    return (item for _, items in _sales(shop, batch) for item in items)


MAKERS: dict[str, Callable[[Shop, Batch], Iterator[Row]]] = {
    "customers": _customers,
    "products": _products,
    "transactions": _transactions,
    "transaction_items": _items,
}


def _write(path: Path, table: str, rows: Iterable[Row]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(TABLES[table])
        for count, row in enumerate(rows, start=1):  # noqa: B007
            writer.writerow(row)
    return count


def _write_manifest(folder: Path, shop: Shop, batch: Batch, rows: dict[str, int]) -> None:
    files = {
        file_name(table): {
            "rows": count,
            "sha256": hashlib.sha256((folder / file_name(table)).read_bytes()).hexdigest(),
        }
        for table, count in rows.items()
    }
    manifest = {"batch": asdict(batch), "shop": asdict(shop), "files": files}
    text = json.dumps(manifest, indent=2, default=str) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def _refuse_foreign_files(folder: Path) -> None:
    """Keep files that somebody delivered from being replaced by made-up ones."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).exists():
        raise LoaderError(
            f"{folder} holds files that were not generated; load them with --landing, "
            "or move them away"
        )


@contextmanager
def _written_aside(target: Path) -> Iterator[Path]:
    """Give a folder to write to, and put it in the target's place when all is written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        new, old = aside / "new", aside / "old"
        new.mkdir()
        yield new
        if target.exists():
            os.rename(target, old)  # noqa: PTH104
        os.rename(new, target)  # noqa: PTH104
    finally:
        shutil.rmtree(aside)
