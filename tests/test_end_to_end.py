"""Days of a shop from the files to the exports, as its operator would run them."""

import csv
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from decimal import Decimal
from pathlib import Path

import psycopg2
import pytest

from loader.contract import TABLES
from loader.settings import REPOSITORY, Settings

Rows = list[dict[str, object]]
ScratchDatabase = Callable[..., AbstractContextManager[str]]


@pytest.fixture(autouse=True)
def own_dbt_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep dbt's files out of the project folder, where a user may be working."""
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))
    monkeypatch.setenv("DBT_LOG_PATH", str(tmp_path / "dbt_logs"))


def run(date: str, landing: Path, *steps: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loader", "run", *steps]
    command += ["--date", date, "--landing", str(landing)]
    return subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=False)


def run_well(date: str, landing: Path, *steps: str) -> None:
    done = run(date, landing, *steps)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def dbt(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dbt.cli.main", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=REPOSITORY / "dbt_project", check=False
    )


def dbt_well(*arguments: str) -> str:
    done = dbt(*arguments)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def connect() -> psycopg2.extensions.connection:
    return psycopg2.connect(dbname=os.environ["PGDATABASE"], host=os.environ["PGHOST"])


def query(statement: str) -> list[tuple]:
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def execute(statement: str) -> None:
    with closing(connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)


def fingerprint(*schemas: str) -> dict[str, tuple]:
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


def everything() -> dict[str, tuple]:
    return fingerprint("production", "quarantine", "snapshots", "mart")


def constraints() -> list[tuple]:
    return query(
        "select conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated "
        "from pg_constraint where connamespace::regnamespace::text in "
        "('production', 'quarantine', 'snapshots', 'mart') and contype <> 'n' order by 1, 2"
    )


def write_batch(directory: Path, **tables: Rows) -> Path:
    """Write the four files of a batch; a table without rows gets its header only."""
    directory.mkdir(parents=True)
    for table, columns in TABLES.items():
        with (directory / f"{table}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(tables.get(table, []))
    return directory


def a_customer(number: int, **other: object) -> dict[str, object]:
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


def a_product(number: int, **other: object) -> dict[str, object]:
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


def a_transaction(number: int, day: str, **other: object) -> dict[str, object]:
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


def an_item(number: int, transaction: int, **other: object) -> dict[str, object]:
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


@pytest.fixture(scope="module")
def first_day_run(
    scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """Yield the database and the folder of a shop whose first day, 1 March, has run.

    Its batch has two sales, one of them from before the batch.
    """
    root = tmp_path_factory.mktemp("first_day")
    batch = write_batch(
        root / "batch",
        customers=[a_customer(1), a_customer(2)],
        products=[a_product(1), a_product(2, price="10.00", cost="4.00")],
        transactions=[a_transaction(1, "2025-02-01"), a_transaction(2, "2025-03-01")],
        transaction_items=[an_item(1, 1), an_item(2, 2)],
    )
    with pytest.MonkeyPatch.context() as patch, scratch_database(patch) as name:
        patch.setenv("SHOP_ROOT", str(root))
        patch.setenv("DBT_TARGET_PATH", str(root / "target"))
        patch.setenv("DBT_LOG_PATH", str(root / "target"))
        # by hand, so that dbt builds from nothing with its unit tests
        run_well("2025-03-01", batch, "load")
        dbt_well("build")
        run_well("2025-03-01", batch, "export", "report")
        yield name, root


@pytest.fixture
def first_day(
    first_day_run: tuple[str, Path],
    scratch_database: ScratchDatabase,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """Give the test a copy of the shop whose first day has run."""
    template, root = first_day_run
    shutil.copytree(root / "exports", settings.exports_dir)
    with scratch_database(monkeypatch, template):
        yield


@pytest.fixture
def second_day(tmp_path: Path) -> Path:
    """Return a batch of 2 March: a move, another cost, a new customer, an orphan, two bad rows."""
    return write_batch(
        tmp_path / "day2",
        customers=[
            a_customer(1, city="Delhi"),
            a_customer(3),
            a_customer(4, email="c2@example.com"),
        ],
        products=[a_product(1, cost="70.00")],
        transactions=[a_transaction(3, "2025-03-02"), a_transaction(4, "2025-03-01")],
        transaction_items=[
            an_item(3, 3),
            an_item(4, 4),
            an_item(5, 5),
            an_item(6, 3, quantity="0", line_total="0"),
        ],
    )


@pytest.fixture
def third_day(tmp_path: Path) -> Path:
    """Return a batch of 3 March: the transaction that the orphan item belongs to."""
    return write_batch(tmp_path / "day3", transactions=[a_transaction(5, "2025-03-02")])


def read_export(settings: Settings, name: str) -> Rows:
    with (settings.exports_dir / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def assert_figures(rows: Rows, key: str, expected: dict[str, dict[str, object]]) -> None:
    """Compare the rows of a report with the expected ones, column by column and to the cent."""
    by_key = {"|".join(str(row[name]) for name in key.split("|")): row for row in rows}
    for name, figures in expected.items():
        for column, figure in figures.items():
            assert Decimal(str(by_key[name][column])) == Decimal(str(figure)), (name, column)


REPORT_KEYS = {
    "rpt_monthly_trend": "year_month",
    "rpt_customer_segments": "spending_segment",
    "rpt_category_performance": "category",
    "rpt_payment_distribution": "payment_method",
    "rpt_geographic_sales": "country|state",
    "rpt_customer_lifetime_value": "customer_id",
    "rpt_product_profitability": "product_id",
    "rpt_day_of_week": "day_of_week",
    "rpt_discount_impact": "discount_range",
}


def assert_sample_exports(settings: Settings, expected: dict) -> None:
    sales = read_export(settings, "fct_sales")
    totals = expected["totals"]
    for column, total in [
        ("revenue_amount", "revenue"),
        ("profit_amount", "profit"),
        ("cost_amount", "cost"),
        ("quantity", "units"),
    ]:
        assert sum(Decimal(row[column]) for row in sales) == Decimal(str(totals[total])), total
    assert len(sales) == totals["lines"]
    assert len({row["transaction_id"] for row in sales}) == totals["transactions"]
    assert len({row["customer_key"] for row in sales}) == totals["customers"]
    for report, key in REPORT_KEYS.items():
        assert_figures(read_export(settings, report), key, expected[report])
    top = expected["rpt_top_products"]
    found = sorted(
        read_export(settings, "rpt_top_products"), key=lambda row: int(row["revenue_rank"])
    )
    assert [row["product_id"] for row in found] == [row["product_id"] for row in top]
    figures = {row.pop("product_id"): row for row in top}
    assert_figures(found, "product_id", figures)


@pytest.mark.usefixtures("database")
def test_sample_arrives_to_the_cent_and_a_second_run_changes_nothing(
    settings: Settings, sample_dir: Path
) -> None:
    expected = json.loads((sample_dir / "expected.json").read_text())

    run_well("2025-12-31", sample_dir)

    counts = query("select table_name, delivered_count, accepted_count from ops.batch_counts")
    assert {name: accepted for name, _, accepted in counts} == expected["rows"]
    assert all(delivered == accepted for _, delivered, accepted in counts)
    warnings = query("select code, count(*) from ops.row_warnings group by code")
    assert warnings == [("before_registration:transaction_date", 7365)]
    assert_sample_exports(settings, expected)

    before, constraints_before = everything(), constraints()
    files_before = {p.name: p.read_bytes() for p in settings.exports_dir.glob("*.csv")}
    run_well("2025-12-31", sample_dir)
    assert everything() == before
    assert constraints() == constraints_before
    assert {p.name: p.read_bytes() for p in settings.exports_dir.glob("*.csv")} == files_before

    dbt_well("build", "--select", "customers")
    assert constraints() == constraints_before
    dbt_well("build", "--full-refresh")
    assert constraints() == constraints_before
    assert everything() == before


@pytest.mark.usefixtures("first_day")
def test_history_cost_and_quarantine_over_three_days(second_day: Path, third_day: Path) -> None:
    with polled_mart() as totals_seen:
        run_well("2025-03-02", second_day)
    # 400 after the first day, 800 after the second: nothing else was ever to be seen
    assert totals_seen <= {(Decimal(400),) * 4, (Decimal(800),) * 4}
    assert (Decimal(800),) * 4 in totals_seen

    assert query(
        "select city, valid_from::text, valid_to::text, is_current from mart.dim_customers "
        "where customer_id = 'CUST0001' order by valid_from"
    ) == [
        ("Pune", "1900-01-01", "2025-03-02", False),
        ("Delhi", "2025-03-02", "9999-12-31", True),
    ]
    assert query(
        "select item_id, cost_amount, city from mart.fct_sales "
        "inner join mart.dim_customers using (customer_key) order by item_id"
    ) == [
        ("ITEM00001", Decimal("120.00"), "Pune"),
        ("ITEM00002", Decimal("120.00"), "Pune"),
        ("ITEM00003", Decimal("140.00"), "Delhi"),
        ("ITEM00004", Decimal("120.00"), "Pune"),
    ]
    assert quarantine() == [
        ("customers", 4, ["unique:email"], "open", None),
        ("transaction_items", 4, ["orphan:transaction_id"], "open", None),
        ("transaction_items", 5, ["range:quantity"], "open", None),
    ]

    run_well("2025-03-03", third_day)
    assert quarantine() == [
        ("customers", 4, ["unique:email"], "open", None),
        ("transaction_items", 4, ["orphan:transaction_id"], "resolved", "2025-03-03"),
        ("transaction_items", 5, ["range:quantity"], "open", None),
    ]
    assert query("select sum(revenue_amount) from mart.fct_sales") == [(Decimal(1000),)]
    assert query(
        "select transaction_count, total_revenue from mart.agg_daily_sales "
        "where full_date = '2025-03-02'"
    ) == [(2, Decimal(400))]

    before = everything()
    run_well("2025-03-03", third_day)
    assert everything() == before

    refused = run("2025-03-02", second_day)
    assert refused.returncode == 1
    assert "2025-03-03" in refused.stderr
    assert everything() == before


def quarantine() -> list[tuple]:
    return query(
        "select 'customers', line_number, reasons, verdict, closed_on::text "
        "from quarantine.rejected_customers union all "
        "select 'transaction_items', line_number, reasons, verdict, closed_on::text "
        "from quarantine.rejected_transaction_items order by 1, 2"
    )


@contextmanager
def polled_mart() -> Iterator[set[tuple]]:
    """Read the mart without a pause while something else works; yield the totals seen."""
    seen: set[tuple] = set()
    finished = threading.Event()
    failures: list[Exception] = []

    def poll() -> None:
        try:
            while not finished.is_set():
                seen.update(
                    query(
                        "select (select sum(revenue_amount) from mart.fct_sales), "
                        "(select sum(total_revenue) from mart.agg_daily_sales), "
                        "(select sum(total_spent) from mart.agg_customer_metrics), "
                        "(select sum(total_revenue) from mart.rpt_monthly_trend)"
                    )
                )
        except psycopg2.Error as error:
            failures.append(error)

    reader = threading.Thread(target=poll)
    reader.start()
    try:
        yield seen
    finally:
        finished.set()
        reader.join()
    assert not failures


@pytest.mark.usefixtures("first_day")
def test_failed_audit_leaves_mart_and_exports_and_makes_the_run_red(
    settings: Settings, second_day: Path
) -> None:
    mart = fingerprint("mart")
    exported = (settings.exports_dir / "fct_sales.csv").read_bytes()
    # a batch of which quarantine no longer holds a row: the audit must see that
    execute("insert into ops.batch_counts values ('2025-02-01', 'customers', 5, 4, 1, 0)")

    done = run("2025-03-02", second_day)

    assert done.returncode == 1
    assert "step build failed" in done.stderr
    assert fingerprint("mart") == mart
    assert (settings.exports_dir / "fct_sales.csv").read_bytes() == exported
    assert query("select status from ops.runs order by started_at desc limit 1") == [("failed",)]
    published = dbt("run-operation", "publish")
    assert published.returncode != 0
    assert fingerprint("mart") == mart

    execute("delete from ops.batch_counts where batch_date = '2025-02-01'")
    run_well("2025-03-02", second_day)
    assert query("select sum(revenue_amount) from mart.fct_sales") == [(Decimal(800),)]


@pytest.mark.usefixtures("first_day")
def test_item_that_moves_leaves_its_old_day(tmp_path: Path) -> None:
    moved = write_batch(tmp_path / "moved", transactions=[a_transaction(2, "2025-02-28")])

    run_well("2025-03-02", moved)

    assert query(
        "select full_date::text, transaction_count from mart.agg_daily_sales order by 1"
    ) == [("2025-02-01", 1), ("2025-02-28", 1)]


@pytest.mark.usefixtures("first_day")
def test_build_of_a_part_publishes_nothing(second_day: Path) -> None:
    mart = fingerprint("mart")
    run_well("2025-03-02", second_day, "load")

    output = dbt_well("build", "--exclude", "rpt_top_products")

    assert "Not published" in output
    assert fingerprint("mart") == mart


@pytest.mark.usefixtures("first_day")
def test_staging_changed_by_hand_stops_the_build() -> None:
    production = fingerprint("production")
    execute("delete from staging.transactions")

    done = dbt("build")

    assert done.returncode != 0
    assert "staging does not hold what the load record says: transactions" in done.stdout
    assert fingerprint("production") == production
