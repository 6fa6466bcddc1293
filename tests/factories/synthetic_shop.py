"""The sample shops that the generator's tests ask for, and how their files are read."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from loader.contract import TABLES
from loader.generator.batch import Batch
from loader.generator.settings import ShopChoice, ShopSettings, load_shop_settings

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


def read(folder: Path) -> Records:
    found = {}
    for table in TABLES:
        if not (folder / f"{table}.csv").exists():
            continue
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            found[table] = list(csv.DictReader(file))
    return found


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def after(days: int) -> date:
    return DAY + timedelta(days=days)
