"""Measure the generator beside the usual way: Faker called for every row, and the csv writer.

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
import pyarrow as pa
from faker import Faker

from loader.contract import TABLES
from loader.generator.batch import Batch
from loader.generator.settings import ShopChoice, load_shop_settings
from loader.generator.write import generate
from loader.settings import REPOSITORY

LAST_DAY = date(2026, 11, 24)
TURNS = 3
USUAL = {"customers": 2_000, "products": 200, "transactions": 10_000}
YEAR = Batch(LAST_DAY, 365, is_first=True)
TEN_MILLION = ("shop.orders_per_day", 6_300)


def usual_way(folder: Path) -> int:
    """Write the four files as tutorials do, a value at a time, and return the number of items."""
    fake = Faker("en_IN")
    products = list(usual_products(fake))
    items = list(usual_items(fake, products))
    tables = {
        "customers": usual_customers(fake),
        "products": products,
        "transactions": usual_transactions(fake),
        "transaction_items": items,
    }
    for table, rows in tables.items():
        with (folder / f"{table}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(TABLES[table])
            writer.writerows(rows)
    return len(items)


def usual_customers(fake: Faker) -> Iterator[tuple]:
    for number in range(USUAL["customers"]):
        yield (
            f"CUST{number:04d}", fake.first_name(), fake.last_name(), fake.unique.email(),
            fake.phone_number(), fake.date_between("-1y", "today"), fake.city(), fake.state(),
            fake.current_country(), fake.random_element(["18-25", "26-35", "36-45", "46+"]),
        )  # fmt: skip


def usual_products(fake: Faker) -> Iterator[tuple]:
    for number in range(USUAL["products"]):
        price = fake.pydecimal(min_value=100, max_value=5000, right_digits=2)
        yield (
            f"PROD{number:04d}", fake.catch_phrase(), fake.word(), fake.word(), price,
            round(price * fake.random_int(50, 80) / 100, 2), fake.company(),
            fake.random_int(0, 500), f"SUP{fake.random_int(1, 50):03d}",
        )  # fmt: skip


def usual_transactions(fake: Faker) -> Iterator[tuple]:
    for number in range(USUAL["transactions"]):
        yield (
            f"TXN{number:05d}", f"CUST{fake.random_int(0, USUAL['customers'] - 1):04d}",
            fake.date_between("-1y", "today"), fake.time(),
            fake.random_element(["UPI", "Credit Card", "Debit Card", "Net Banking"]),
            fake.address().replace("\n", ", "),
            fake.pydecimal(min_value=100, max_value=9000, right_digits=2),
        )  # fmt: skip


def usual_items(fake: Faker, products: list[tuple]) -> Iterator[tuple]:
    number = 0
    for transaction in range(USUAL["transactions"]):
        for _ in range(fake.random_int(1, 5)):
            number += 1
            product, quantity = fake.random_element(products), fake.random_int(1, 5)
            discount = fake.random_element([0, 5, 10, 15, 20])
            yield (
                f"ITEM{number:05d}", f"TXN{transaction:05d}", product[0], quantity, product[4],
                discount, round(quantity * product[4] * (100 - discount) / 100, 2),
            )  # fmt: skip


def a_year_of_large(folder: Path) -> int:
    return _items(generate(folder, YEAR, load_shop_settings(ShopChoice("large"))))


def ten_million_items(folder: Path) -> int:
    settings = load_shop_settings(ShopChoice("large", changes=(TEN_MILLION,)))
    return _items(generate(folder, YEAR, settings))


def _items(folder: Path) -> int:
    return rows_of(folder)["transaction_items.csv"]


WAYS: dict[str, Callable[[Path], int]] = {
    "Faker for every value, csv writer": usual_way,
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
    pa.set_cpu_count(1)
    turns = [tuple(items_per_second(way) for way in WAYS.values()) for _ in range(TURNS)]
    os.sched_setaffinity(0, cores)
    click.echo("| way, one core | item rows per second | times the usual |\n|---|---|---|")
    for place, name in enumerate(WAYS):
        rate = statistics.median(turn[place] for turn in turns)
        ratio = statistics.median(turn[place] / turn[0] for turn in turns)
        click.echo(f"| {name} | {rate:,.0f} | {ratio:,.0f} |")
    click.echo()


def measure(what: str, *options: str) -> None:
    """Print rows, time and memory of one batch made in a process of its own."""
    with TemporaryDirectory() as landing:
        command = [sys.executable, "-m", "loader", "generate", "--landing", landing, *options]
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE)
        _, _, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.stdout.close()
        (folder,) = Path(landing).iterdir()
        rows = rows_of(folder)
    click.echo(
        f"| {what} | {' | '.join(f'{count:,}' for count in rows.values())} "
        f"| {seconds:.1f} s | {usage.ru_maxrss / 1024:,.0f} MB |"
    )


def main() -> None:
    """Print the tables of docs/generator.md."""
    compare()
    click.echo("| batch | customers | products | transactions | items | time | memory |")
    click.echo("|---|---|---|---|---|---|---|")
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


if __name__ == "__main__":
    main()
