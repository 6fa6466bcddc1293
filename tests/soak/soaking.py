"""A shop on a server of its own, to be ill-treated by `python -m soak`."""

import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import psycopg2

from factories import days
from factories.days import (
    a_customer,
    a_product,
    a_transaction,
    an_item,
    everything,
    fingerprint,
    write_batch,
)
from loader.config.settings import REPOSITORY, Settings
from loader.database import server

KEPT_IN_OPS = (
    "ops.batch_anomalies",
    "ops.batch_counts",
    "ops.quality_counts",
    "ops.quality_scores",
    "ops.row_warnings",
)

DAYS = ("2025-03-01", "2025-03-02", "2025-03-03")


@dataclass
class Soak:
    """Hold the shop that is ill-treated, and what was found wrong."""

    settings: Settings
    batches: dict[str, Path]
    points: int
    faults: list[str] = field(default_factory=list)

    def expect(self, holds: bool, fault: str) -> str:
        """Note a fault unless something holds, and return a word for the table."""
        if not holds:
            self.faults.append(fault)
        return "yes" if holds else "NO"


def loader(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "loader", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=REPOSITORY,
        start_new_session=True,
    )


def done(*arguments: str) -> tuple[int, str]:
    process = loader(*arguments)
    output, _ = process.communicate()
    return process.returncode, output


def day_run(soak: Soak, day: str) -> tuple[str, ...]:
    steps = ("load", "build", "export")
    return ("run", *steps, "--date", day, "--landing", str(soak.batches[day]))


def state(soak: Soak) -> dict[str, object]:
    """Return everything that must be the same whatever happened on the way."""
    found: dict[str, object] = dict(everything())
    ops = fingerprint("ops")
    found |= {table: ops[table] for table in KEPT_IN_OPS}
    for path in sorted(soak.settings.exports_dir.glob("*.csv")):
        found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


@contextmanager
def a_soak(points: int) -> Iterator[Soak]:
    """Yield a shop whose first day has run, on a server of its own."""
    root = Path(tempfile.mkdtemp(prefix="soak-"))
    os.environ |= {
        "SHOP_ROOT": str(root),
        "SHOP_ALLOW_FUTURE_DATES": "yes",
        "DBT_TARGET_PATH": str(root / "target"),
        "DBT_LOG_PATH": str(root / "dbt_logs"),
    }
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
    settings = Settings(root=root)
    connect_to(settings)
    batches = {day: batch(root, number, day) for number, day in enumerate(DAYS)}
    soak = Soak(settings, batches, points)
    try:
        code, output = done(*day_run(soak, DAYS[0]))
        assert code == 0, output
        keep_first_day(soak)
        yield soak
    finally:
        os.environ.pop("PGHOST", None)
        server.stop(settings)
        shutil.rmtree(root)


def connect_to(settings: Settings) -> None:
    """Let the helpers of the tests reach the embedded server, and no other program."""
    os.environ.pop("PGHOST", None)
    found = server.dbt_environment(settings)
    os.environ |= {"PGDATABASE": found["PGDATABASE"]}
    days.connect = lambda: psycopg2.connect(
        host=found["PGHOST"], port=found["PGPORT"], user=found["PGUSER"], dbname=found["PGDATABASE"]
    )


def batch(root: Path, number: int, day: str) -> Path:
    """Write a batch of a few hundred rows, with moves, corrections and rejects."""
    rng = random.Random(number)  # noqa: S311
    first = number * 400
    items = [
        an_item(first + n, first + n % 200, product_id=f"PROD{rng.randrange(1, 22):04}")
        for n in range(400)
    ]
    folder = write_batch(
        root / "in" / day,
        customers=[
            a_customer(n, city=rng.choice(["Pune", "Delhi"])) for n in range(1, 60 + number)
        ],
        products=[a_product(n, cost=f"{rng.randrange(20, 90)}.00") for n in range(1, 21)],
        transactions=[
            a_transaction(first + n, day, customer_id=f"CUST{rng.randrange(1, 62):04}")
            for n in range(200)
        ],
        transaction_items=items,
    )
    with (folder / "products.csv").open("a") as file:
        file.write("a line that is no record\n")
    return folder


def maintain(soak: Soak, *statements: str) -> None:
    where = server.connection_parameters(soak.settings)
    outside = psycopg2.connect(
        host=where["host"], port=where["port"], user=where["user"], dbname="postgres"
    )
    with closing(outside) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


def keep_first_day(soak: Soak) -> None:
    maintain(soak, "create database first_day template shop")
    for name in ("exports", "archive"):
        shutil.copytree(soak.settings.root / name, soak.settings.root / f"{name}.kept")


def reset(soak: Soak) -> None:
    """Put the shop back to where its first day left it."""
    maintain(
        soak,
        "drop database if exists shop with (force)",
        "create database shop template first_day",
        # else a crash would take sequences back to where the template's were
        "checkpoint",
    )
    for name in ("exports", "archive"):
        shutil.rmtree(soak.settings.root / name, ignore_errors=True)
        shutil.copytree(soak.settings.root / f"{name}.kept", soak.settings.root / name)


def row(soak: Soak, what: str, holds: bool, outcome: str) -> None:
    click.echo(f"| {what} | {outcome}: {soak.expect(holds, what)} |")
