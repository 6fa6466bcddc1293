"""A customer who is erased is nowhere any more, the sales stay, and the past can be rebuilt."""

import gzip
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from conftest import ScratchDatabase
from factories.days import (
    a_customer,
    a_transaction,
    an_item,
    everything,
    execute,
    loader,
    query,
    run_well,
    write_batch,
)
from factories.people import PERSON, WRITTEN, found_in_files, found_in_tables, traces, variants
from loader.config.settings import Settings
from loader.database import server
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.export.write import forget_exports
from loader.ingest.archive import archived
from loader.privacy import erase

TOTALS = (
    "select count(*), sum(revenue_amount), sum(profit_amount), count(distinct customer_key),"
    " (select count(*) from mart.dim_customers), (select count(*) from mart.agg_customer_metrics),"
    " (select sum(unique_customers) from mart.agg_daily_sales) from mart.fct_sales"
)

KEYS = (
    "select customer_key, replace(customer_id, 'CUST0001', 'ERASED000001')"
    " from mart.dim_customers order by 1"
)
SALES = "select count(*), sum(revenue_amount), count(distinct customer_key) from mart.fct_sales"


@pytest.mark.usefixtures("first_day")
def test_erased_customer_is_nowhere_and_stays_out(
    settings: Settings,
    scratch_database: ScratchDatabase,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
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
    before, keys = query(TOTALS), query(KEYS)
    assert {value for _, value in found_in_tables()} == set(PERSON)

    unknown = loader("erase-customer", "CUST0999", "--yes")
    assert (unknown.returncode, "no customer CUST0999 is known" in unknown.stderr) == (1, True)
    erased = loader("erase-customer", "CUST0001", "--yes")

    assert erased.returncode == 0, erased.stdout[-3000:] + erased.stderr
    assert "ERASED000001" in erased.stdout
    assert found_in_tables() == []
    assert (query(TOTALS), query(KEYS)) == (before, keys)
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
            " values ('ERASED000001', sha256('saltCUST0001'), 'salt', now()),"
            " ('ERASED000003', sha256('saltCUST00010'), 'salt', null)"  # found nowhere so far
        )
        cursor.execute(
            "insert into staging.customers (customer_id, _line_number)"
            " values (%s, 2), ('CUST00010', 3), ('cust0001', 4), (null, 5)",
            (" CUST\u200b0001\u00a0",),
        )
        lines = [b"CUST0001;\0 x\r\n", b"CUST00010\0\n", b'"CUST0001"x\n']
        lines += ["CUST\u200b\x010001\u00a0,\xe9\n".encode(), b"x CUST0001,\xe9\n"]
        # what an older release kept: the hash of a decomposed id, as it was typed
        cursor.execute(
            "insert into ops.erasures values ('ERASED000002',"
            " sha256(convert_to('saltCafe' || chr(769), 'UTF8')), 'salt', now())"
        )
        cursor.execute(
            "insert into staging.transactions (customer_id, _line_number) values (%s, 2)",
            ("Cafe\u0301",),
        )
        cursor.executemany(
            "insert into quarantine.rejected_lines (line_number, code, raw)"
            " values (%s, 'nul_byte', %s)",
            list(enumerate(lines)),
        )
        cursor.execute("select customer_id, pseudonym from ops.anonymize_erased_customers()")
        assert set(cursor.fetchall()) == {
            ("CUST0001", "ERASED000001"), ("Caf\u00e9", "ERASED000002"),
        }  # fmt: skip
        cursor.execute("select customer_id from staging.transactions")
        assert cursor.fetchall() == [("ERASED000002",)]
        cursor.execute("select customer_id from staging.customers order by 1")
        assert {name for (name,) in cursor.fetchall()} == {
            "ERASED000001", "CUST00010", "cust0001", None,
        }  # fmt: skip
        cursor.execute("select code, raw from quarantine.rejected_lines order by line_number")
        kept = [(code, bytes(raw)) for code, raw in cursor.fetchall()]
        gone = ("erased", b"erased\r\n")
        assert kept == [gone, ("nul_byte", lines[1]), *[gone] * 3]


@pytest.mark.proof
@pytest.mark.usefixtures("database", "own_dbt_target")
def test_customer_whose_id_came_with_unseen_characters_is_erased_and_stays_out(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    first = variants(outside / "first")
    run_well("2026-11-21", first, "load", "build", "export")
    landing = settings.landing_dir / "2026-11-21"
    landing.mkdir(parents=True)
    for path in first.iterdir():
        (landing / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    before = query(SALES)
    assert all(traces(settings.root, customer_id) for customer_id in WRITTEN)

    with monkeypatch.context() as patch:
        patch.setattr(erase, "_build_anew", forget_exports)  # one build, by the last of them
        for customer_id in ("C3", "C1", "C2\u00a0", "C4"):
            erase.erase_customer(settings, customer_id)
    done = loader("erase-customer", " C5", "--yes")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert [c for c in WRITTEN if traces(settings.root, c)] == ["c6"]

    assert [found for c in WRITTEN if c != "c6" for found in traces(settings.root, c)] == []
    assert not landing.exists()
    assert query(SALES) == before

    # the next day delivers all of them again
    run_well("2026-11-22", variants(outside / "second"), "load", "build", "export")
    assert query(SALES) == before
    assert [c for c in WRITTEN if traces(settings.root, c)] == ["c6"]


@pytest.mark.proof
@pytest.mark.usefixtures("database", "own_dbt_target")
def test_erasing_again_finishes_where_a_delivery_brought_the_person_back(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    batch = variants(tmp_path_factory.mktemp("outside") / "first")
    run_well("2026-11-21", batch, "load", "build", "export")
    before = query(SALES)
    staged = query("select customer_id, email, shipping_address from staging.customers"
                   " inner join staging.transactions using (customer_id)"
                   " where email like 'person2%'")  # fmt: skip
    assert loader("erase-customer", "C2", "--yes").returncode == 0
    # as an older release left it: the id in staging was not known for the person's
    ((customer_id, email, address),) = staged
    execute(
        f"update staging.customers set customer_id = '{customer_id}', first_name = 'Name2',"
        f" last_name = 'Last2', email = '{email}', phone = '+1000000002'"
        " where customer_id = 'ERASED000001';"
        f"update staging.transactions set customer_id = '{customer_id}',"
        f" shipping_address = '{address}' where customer_id = 'ERASED000001'"
    )
    run_well("2026-11-21", batch, "build")
    assert query("select count(*) from mart.dim_customers where full_name like 'Name2%'") == [(1,)]
    assert query("select code from ops.row_warnings where row_key = 'C2'") != []

    again = loader("erase-customer", "C2", "--yes")

    assert again.returncode == 0, again.stdout[-3000:] + again.stderr
    assert traces(settings.root, "C2") == []
    assert query(SALES) == before
    assert query("select count(*), count(completed_at) from ops.erasures") == [(1, 1)]


@pytest.mark.usefixtures("database", "own_dbt_target")
def test_row_that_waits_for_the_address_of_the_person_is_erased_first(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    twins = [a_customer(number, email="twin@example.com") for number in (1, 2)]
    batch = write_batch(tmp_path / "in", customers=[*twins, a_customer(3)])
    run_well("2025-03-01", batch, "load", "build")
    execute("analyze production.customers")
    statistics = (
        "select count(*) from pg_stats where schemaname = 'production'"
        " and concat(most_common_vals, histogram_bounds) like '%twin@%'"
    )
    assert query(statistics) == [(1,)]
    monkeypatch.setattr(erase, "_build_anew", lambda _: None)
    with pytest.raises(LoaderError, match="quarantine holds CUST0002 with the same e-mail"):
        erase.erase_customer(settings, "CUST0001")
    assert query("select count(*) from production.customers") == [(2,)]
    for number in (2, 1):
        erase.erase_customer(settings, f"CUST000{number}")
    assert query(statistics) == [(0,)]
    assert found_in_tables(("twin@example.com",)) == []
