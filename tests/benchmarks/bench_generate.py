"""Measure the generator beside the usual way: Faker called for every row, and the csv writer.

The usual way is that of the public generators of these four files: a thousand customers, ten
thousand orders of one to five items; names, addresses, dates and times from Faker, row by row; ids,
prices, quantities and discounts from Python's `random`, an order's total added up. They take
Faker's default locale, so that is measured, and India's beside it, whose addresses are simpler.

Run it with `make bench-generate`; docs/generator.md holds the figures of one run.
"""

import csv
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from faker import Faker

from loader.config.settings import REPOSITORY
from loader.contract import REQUIRED_TABLES
from loader.generator.batch import Batch
from loader.generator.settings import ShopChoice, load_shop_settings
from loader.generator.write import generate

LAST_DAY = date(2026, 11, 24)
TURNS = 3
CUSTOMERS, PRODUCTS, TRANSACTIONS = 1_000, 500, 10_000
Row = tuple[object, ...]
YEAR = Batch(LAST_DAY, 365, is_first=True)
TEN_MILLION = ("shop.orders_per_day", 6_300)


def usual_way(folder: Path, locale: str | None = None) -> int:
    """Write the four files a value at a time, and return the number of items."""
    fake = Faker(locale)
    customers, products = list(usual_customers(fake)), list(usual_products(fake))
    transactions, items = usual_sales(fake, customers, products)
    for table, rows in zip(
        REQUIRED_TABLES, (customers, products, transactions, items), strict=True
    ):
        with (folder / f"{table}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(REQUIRED_TABLES[table])
            writer.writerows(rows)
    return len(items)


def usual_customers(fake: Faker) -> Iterator[Row]:
    for number in range(1, CUSTOMERS + 1):
        yield (
            f"CUST{number:04d}", fake.first_name(), fake.last_name(), fake.unique.email(),
            fake.phone_number(), fake.date_between("-2y", "today"), fake.city(), fake.state(),
            "India", fake.random.choice(["18-25", "26-35", "36-45", "46-60", "60+"]),
        )  # fmt: skip


def usual_products(fake: Faker) -> Iterator[Row]:
    for number in range(1, PRODUCTS + 1):
        price = round(fake.random.uniform(100, 5000), 2)
        yield (
            f"PROD{number:04d}", fake.word().title(), fake.random.choice(["Books", "Beauty"]),
            fake.word().title(), price, round(price * fake.random.uniform(0.5, 0.8), 2),
            fake.company(), fake.random.randint(10, 500), f"SUP{fake.random.randint(1, 50):03d}",
        )  # fmt: skip


def usual_sales(
    fake: Faker, customers: list[Row], products: list[Row]
) -> tuple[list[Row], list[Row]]:
    chance = fake.random
    transactions: list[Row] = []
    items: list[Row] = []
    for number in range(1, TRANSACTIONS + 1):
        transaction_id, total = f"TXN{number:05d}", 0.0
        for _ in range(chance.randint(1, 5)):
            product, quantity = chance.choice(products), chance.randint(1, 5)
            price, discount = product[4], chance.choice([0, 5, 10, 15])
            line_total = round(quantity * price * (1 - discount / 100), 2)
            total += line_total
            items.append((
                f"ITEM{len(items) + 1:05d}", transaction_id, product[0], quantity, price, discount,
                line_total,
            ))  # fmt: skip
        transactions.append((
            transaction_id, chance.choice(customers)[0], fake.date_between("-1y", "today"),
            fake.time(), chance.choice(["UPI", "Credit Card", "Debit Card", "Net Banking"]),
            fake.address().replace("\n", ", "), round(total, 2),
        ))  # fmt: skip
    return transactions, items


def usual_way_in_india(folder: Path) -> int:
    return usual_way(folder, "en_IN")


def a_year_of_large(folder: Path) -> int:
    return _items(generate(folder, YEAR, load_shop_settings(ShopChoice("large"))))


def ten_million_items(folder: Path) -> int:
    settings = load_shop_settings(ShopChoice("large", changes=(TEN_MILLION,)))
    return _items(generate(folder, YEAR, settings))


def _items(folder: Path) -> int:
    return rows_of(folder)["transaction_items.csv"]


WAYS: dict[str, Callable[[Path], int]] = {
    "Faker for every row, csv writer": usual_way,
    "the same, Faker's `en_IN`": usual_way_in_india,
    "`loader generate`, a year of `large`": a_year_of_large,
    "`loader generate`, ten million items": ten_million_items,
}


def rows_of(folder: Path) -> dict[str, int]:
    manifest = json.loads((folder / "manifest.json").read_text())
    return {name: file["rows"] for name, file in manifest["files"].items()}


def items_per_second(way: Callable[[Path], int]) -> float:
    """Return items per second of processor time: others at work on the machine do not count."""
    with TemporaryDirectory() as folder:
        started = time.process_time()
        items = way(Path(folder))
        return items / (time.process_time() - started)


def compare() -> None:
    """Print what each way makes on one core, measured in turns."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    turns = [tuple(items_per_second(way) for way in WAYS.values()) for _ in range(TURNS)]
    os.sched_setaffinity(0, cores)
    click.echo("| way, one core | item rows per second | times the usual | times that of `en_IN` |")
    click.echo("|---|---|---|---|")
    per = ([1.0] * TURNS, *([turn[usual] for turn in turns] for usual in (0, 1)))
    for place, name in enumerate(WAYS):
        rate, *ratios = (
            statistics.median(turn[place] / unit for turn, unit in zip(turns, units, strict=True))
            for units in per
        )
        click.echo(f"| {name} | {rate:,.0f} | {' | '.join(f'{ratio:,.1f}' for ratio in ratios)} |")


def measure(what: str, *options: str) -> None:
    """Print rows, time and memory of one batch made in a process of its own."""
    with TemporaryDirectory() as landing:
        command = [sys.executable, "-m", "loader", "generate", "--landing", landing, *options]
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE)
        _, _, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        assert process.stdout
        process.stdout.close()
        (folder,) = Path(landing).iterdir()
        rows = rows_of(folder)
    click.echo(
        f"| {what} | {' | '.join(f'{count:,}' for count in rows.values())} "
        f"| {seconds:.1f} s | {usage.ru_utime + usage.ru_stime:.1f} s "
        f"| {usage.ru_maxrss / 1024:,.0f} MB |"
    )


def main() -> None:
    """Print the tables of docs/generator.md."""
    columns = ("batch", *REQUIRED_TABLES, "time", "of a processor", "memory")
    click.echo(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    day, history = f"--date={LAST_DAY}", "--history=365d"
    for preset in ("tiny", "demo", "large"):
        measure(f"`{preset}`, a year", f"--preset={preset}", day, history)
    ten = f"--set={TEN_MILLION[0]}={TEN_MILLION[1]}"
    measure("`large`, ten million items", "--preset=large", ten, day, history)
    measure("`large`, 1 % defects", "--preset=large", "--defects=0.01", day, history)
    measure("`large`, a day", "--preset=large", day)
    measure("`demo`, a day", "--preset=demo", day)
    late = LAST_DAY + timedelta(days=7 * 365)
    measure("`demo`, a day seven years later", "--preset=demo", f"--date={late}")
    click.echo()
    compare()  # last: what this process holds would be counted as the memory of those it starts


if __name__ == "__main__":
    main()
