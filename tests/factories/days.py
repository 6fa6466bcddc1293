"""What tests of whole days share: batches, runs, and looks into the database."""

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import psycopg2

from loader.config.settings import REPOSITORY
from loader.contract import OPTIONAL, TABLES
from loader.database.fetch import Row
from loader.dbt.program import DBT

CsvRow = dict[str, str]
Rows = list[CsvRow]
# Of a name, what fills it and perhaps a database to begin with: the database, and the folder.
KeptShop = Callable[..., AbstractContextManager[tuple[str, Path]]]

# Steps enough for a test of what the mart says; without steps a run takes all of them.
TO_MART = ("load", "build")
WITH_FILES = (*TO_MART, "export", "report")


def loader(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loader", *map(str, arguments)]
    variables = os.environ | environment
    return subprocess.run(
        command, capture_output=True, text=True, cwd=REPOSITORY, env=variables, check=False
    )


def run(date: str, landing: Path, *steps: str) -> subprocess.CompletedProcess[str]:
    return loader("run", *steps, "--date", date, "--landing", landing)


def run_well(date: str, landing: Path, *steps: str) -> None:
    done = run(date, landing, *steps)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "after the run" not in done.stdout, done.stdout  # page, sizes, metrics, alerts


def dbt_command(*arguments: str) -> list[str]:
    return [*DBT, *arguments]


def dbt(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        dbt_command(*arguments),
        capture_output=True,
        text=True,
        cwd=REPOSITORY / "dbt_project",
        check=False,
    )


def dbt_well(*arguments: str) -> str:
    done = dbt(*arguments)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def connect() -> psycopg2.extensions.connection:
    return psycopg2.connect(dbname=os.environ["PGDATABASE"], host=os.environ["PGHOST"])


def query(statement: str) -> list[Row]:
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def execute(statement: str) -> None:
    with closing(connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)


def fingerprint(*schemas: str) -> dict[str, Row]:
    """Return rows and hash of every table of the schemas."""
    tables = query(
        "select table_schema || '.' || table_name from information_schema.tables "
        f"where table_schema in {(*schemas, '')} order by 1"
    )
    return {
        name: query(
            f"select count(*), sum(hashtextextended(t::text, 0)::numeric) from {name} as t"
        )[0]
        for (name,) in tables
    }


def everything() -> dict[str, Row]:
    return fingerprint("production", "quarantine", "snapshots", "mart")


def constraints() -> list[Row]:
    return query(
        "select conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated "
        "from pg_constraint where connamespace::regnamespace::text in "
        "('production', 'quarantine', 'snapshots', 'mart') and contype <> 'n' order by 1, 2"
    )


def write_batch(directory: Path, **tables: Rows) -> Path:
    """Write the files of a batch; without rows a file has its header only, or may be missing."""
    directory.mkdir(parents=True)
    for table, columns in TABLES.items():
        if table in OPTIONAL and table not in tables:
            continue
        with (directory / f"{table}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(tables.get(table, []))
    return directory


def a_customer(number: int, **other: str) -> CsvRow:
    return {
        "customer_id": f"CUST{number:04}",
        "first_name": "asha",
        "last_name": "Rao",
        "email": f"c{number}@example.com",
        "registration_date": "2025-01-01",
        "city": "Pune",
        "state": "Maharashtra",
        "country": "India",
        "age_group": "26-35",
        **other,
    }


def a_product(number: int, **other: str) -> CsvRow:
    return {
        "product_id": f"PROD{number:04}",
        "product_name": "Lamp",
        "category": "Electronics",
        "price": "100.00",
        "cost": "60.00",
        "stock_quantity": "5",
        "supplier_id": "SUP001",
        **other,
    }


def a_transaction(number: int, day: str, **other: str) -> CsvRow:
    return {
        "transaction_id": f"TXN{number:05}",
        "customer_id": "CUST0001",
        "transaction_date": day,
        "transaction_time": "10:00:00",
        "payment_method": "UPI",
        "shipping_address": "1 Main Street\nPune",
        "total_amount": "200.00",
        **other,
    }


def an_item(number: int, transaction: int, **other: str) -> CsvRow:
    return {
        "item_id": f"ITEM{number:05}",
        "transaction_id": f"TXN{transaction:05}",
        "product_id": "PROD0001",
        "quantity": "2",
        "unit_price": "100.00",
        "discount_percentage": "0",
        "line_total": "200.00",
        **other,
    }


def a_return(number: int, item: int, day: str, **other: str) -> CsvRow:
    return {
        "return_id": f"RET{number:05}",
        "item_id": f"ITEM{item:05}",
        "return_date": day,
        "quantity": "1",
        "refund_amount": "100.00",
        "reason": "Too small",
        **other,
    }


def quarantine() -> list[Row]:
    return query(
        "select 'customers', line_number, reasons, status, closed_on::text "
        "from quarantine.rejected_customers union all "
        "select 'transaction_items', line_number, reasons, status, closed_on::text "
        "from quarantine.rejected_transaction_items order by 1, 2"
    )
