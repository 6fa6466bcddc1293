"""A customer who is erased is nowhere any more, the sales stay, and the past can be rebuilt."""

import gzip
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from conftest import ScratchDatabase
from factories.days import (
    a_customer,
    a_transaction,
    an_item,
    everything,
    query,
    run_well,
    write_batch,
)
from loader.database import server
from loader.database.schema import ensure_schema
from loader.ingest.archive import archived
from loader.settings import REPOSITORY, Settings

PERSON = ("CUST0001", "c1@example.com", "Planted Lane", "5550198765", "Plantedson")
TOTALS = (
    "select count(*), sum(revenue_amount), sum(profit_amount), count(distinct customer_key),"
    " (select count(*) from mart.dim_customers), (select count(*) from mart.agg_customer_metrics),"
    " (select sum(unique_customers) from mart.agg_daily_sales) from mart.fct_sales"
)


def loader(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loader", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=False)


def found_in_tables() -> list[tuple[str, str]]:
    """Return every table of the database that says anything of the person."""
    tables = query(
        "select format('%I.%I', nspname, relname) from pg_class inner join pg_namespace"
        " on pg_namespace.oid = relnamespace where relkind in ('r', 'v', 'm')"
        " and nspname !~ '^(pg_|information_schema)'"
    )
    return [
        (table, value)
        for (table,) in tables
        for value in PERSON
        if query(
            f"select exists (select from {table} as t where t::text like '%{value}%'"
            f" or t::text like '%{value.encode().hex()}%')"
        )
        == [(True,)]
    ]


def found_in_files(root: Path) -> list[tuple[Path, str]]:
    """Return every file below a folder that says anything of the person, packed or not.

    dbt's own files quote the project's descriptions, whose example of an id is the person's.
    """
    found = []
    for path in (path for path in root.rglob("*") if path.is_file()):
        content = path.read_bytes()
        text = gzip.decompress(content) if path.suffix == ".gz" else content
        found += [(path, value) for value in PERSON if value.encode() in text]
    return [
        (path, value) for path, value in found if "target" not in path.parts or value != PERSON[0]
    ]


def test_erased_customer_is_nowhere_and_stays_out(
    first_day_run: tuple[str, Path],
    first_day: None,  # noqa: ARG001
    settings: Settings,
    scratch_database: ScratchDatabase,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    shutil.copytree(first_day_run[1] / "archive", settings.root / "archive")
    outside = tmp_path_factory.mktemp("outside")
    second = write_batch(
        outside / "second",
        customers=[
            a_customer(1, city="Delhi", phone="+91 5550198765", last_name="Plantedson"),
            a_customer(5),
        ],
        transactions=[a_transaction(3, "2025-03-02", shipping_address="7 Planted Lane")],
        transaction_items=[an_item(3, 3)],
    )
    with (second / "customers.csv").open("a") as file:
        file.write("CUST0001,c1@example.com\n")
    run_well("2025-03-02", second, "load", "build", "export")
    (settings.landing_dir / "2025-03-02").parent.mkdir()
    shutil.copytree(second, settings.landing_dir / "2025-03-02")
    before = query(TOTALS)
    assert {value for _, value in found_in_tables()} == set(PERSON)

    unknown = loader("erase-customer", "CUST0999", "--yes")
    assert (unknown.returncode, "no customer CUST0999 is known" in unknown.stderr) == (1, True)
    erased = loader("erase-customer", "CUST0001", "--yes")

    assert erased.returncode == 0, erased.stdout[-3000:] + erased.stderr
    assert "ERASED000001" in erased.stdout
    assert found_in_tables() == []
    assert query(TOTALS) == before
    assert found_in_files(settings.root) == []
    assert query("select count(*) from ops.erasures where completed_at is not null") == [(1,)]

    rebuilt = everything()
    with pytest.MonkeyPatch.context() as patch, scratch_database(patch):
        done = loader("replay")
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr
        assert everything() == rebuilt

    # an old batch comes again, and the customer buys once more
    third = write_batch(
        outside / "third",
        customers=[a_customer(1, phone="+91 5550198765", last_name="Plantedson")],
        transactions=[a_transaction(9, "2025-03-03", shipping_address="7 Planted Lane")],
    )
    with (third / "customers.csv").open("a") as file:
        file.write("CUST0001,Plantedson\n")
    run_well("2025-03-03", third, "load")
    assert query("select customer_id, email, phone from staging.customers") == [
        ("ERASED000001", "erased000001@erased.invalid", "")
    ]
    assert query("select customer_id, shipping_address from staging.transactions") == [
        ("ERASED000001", "")
    ]
    assert len(archived(settings)) == 3
    assert found_in_files(settings.root) == []


def test_person_is_found_in_disguise_and_others_are_not_touched(
    settings: Settings, database: str
) -> None:
    assert database
    with closing(server.connect(settings)) as connection:
        ensure_schema(connection)
        cursor = connection.cursor()
        cursor.execute("select set_config('loader.batch_date', '2025-03-01', false)")
        cursor.execute("select set_config('loader.table_name', 'customers', false)")
        cursor.execute("select set_config('loader.line_end_customers', '0d0a', false)")
        cursor.execute(
            "insert into ops.erasures"
            " values ('ERASED000001', sha256('saltCUST0001'), 'salt', now())"
        )
        cursor.execute(
            "insert into staging.customers (customer_id, _line_number)"
            " values (%s, 2), ('CUST00010', 3), ('cust0001', 4), (null, 5)",
            (" CUST\u200b0001\u00a0",),
        )
        lines = [b"CUST0001;\0 x\r\n", b"CUST00010\0\n", b'"CUST0001"x\n']
        cursor.executemany(
            "insert into quarantine.rejected_lines (line_number, code, raw)"
            " values (%s, 'nul_byte', %s)",
            list(enumerate(lines)),
        )
        cursor.execute("select customer_id, pseudonym from ops.keep_erased_out()")
        assert cursor.fetchall() == [(" CUST\u200b0001\u00a0", "ERASED000001")]
        cursor.execute("select customer_id from staging.customers order by 1")
        assert {name for (name,) in cursor.fetchall()} == {
            "ERASED000001", "CUST00010", "cust0001", None,
        }  # fmt: skip
        cursor.execute("select raw from quarantine.rejected_lines order by line_number")
        kept = [bytes(raw) for (raw,) in cursor.fetchall()]
        assert kept == [b"erased\r\n", lines[1], b"erased\r\n"]
