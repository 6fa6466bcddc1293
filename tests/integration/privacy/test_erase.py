"""A customer who is erased is nowhere any more, the sales stay, and the past can be rebuilt."""

import gzip
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from conftest import ScratchDatabase
from factories.days import (
    a_customer,
    a_product,
    a_transaction,
    an_item,
    connect,
    everything,
    execute,
    loader,
    query,
    run_well,
    write_batch,
)
from loader.config.settings import Settings
from loader.database import server
from loader.database.fetch import Row
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.export.write import forget_exports
from loader.ingest.anonymize import scrub_batch
from loader.ingest.archive import archived
from loader.ingest.identifiers import clean_id, ids_in
from loader.ingest.load import load
from loader.privacy import erase

PERSON = ("CUST0001", "c1@example.com", "Planted Lane", "5550198765", "Plantedson")
TOTALS = (
    "select count(*), sum(revenue_amount), sum(profit_amount), count(distinct customer_key),"
    " (select count(*) from mart.dim_customers), (select count(*) from mart.agg_customer_metrics),"
    " (select sum(unique_customers) from mart.agg_daily_sales) from mart.fct_sales"
)

KEYS = (
    "select customer_key, replace(customer_id, 'CUST0001', 'ERASED000001')"
    " from mart.dim_customers order by 1"
)


def found_in_tables(person: tuple[str, ...] = PERSON) -> list[tuple[str, str]]:
    """Return every table of the database that says anything of the person."""
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select format('%I.%I', nspname, relname) from pg_class inner join pg_namespace"
            " on pg_namespace.oid = relnamespace where relkind in ('r', 'v', 'm')"
            " and nspname !~ '^(pg_|information_schema)'"
        )
        found = []
        for (table,) in cursor.fetchall():
            cursor.execute(
                "select value from unnest(%s) as value where exists ("
                f"select from {table} as t where strpos(t::text, value) > 0"
                " or strpos(t::text, encode(convert_to(value, 'UTF8'), 'hex')) > 0)",
                (list(person),),
            )
            found += [(table, value) for (value,) in cursor.fetchall()]
        return found


def unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def found_in_files(root: Path, person: tuple[str, ...] = PERSON) -> list[tuple[Path, str]]:
    """Return every file below a folder that says anything of the person, packed or not.

    dbt's own files quote the project's descriptions, whose example of an id is the person's.
    """
    found = []
    for path in (path for path in root.rglob("*") if path.is_file()):
        text = unpacked(path)
        found += [(path, value) for value in person if value.encode() in text]
    return [
        (path, value) for path, value in found if "target" not in path.parts or value != PERSON[0]
    ]


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


# Six customers, most of whose ids came with what nobody can see.
WRITTEN = {
    "C1": "C1", "C2": "C2\u00a0 ", "C3": "C3\t", "C4": "C\u200b4", "C5": " C5 ", "c6": "c6",
}  # fmt: skip
SALES = "select count(*), sum(revenue_amount), count(distinct customer_key) from mart.fct_sales"


def variants(folder: Path) -> Path:
    """Write a batch of the six, who bought once each, and a broken line of each."""
    people = [(n, written) for n, written in enumerate(WRITTEN.values(), start=1)]
    batch = write_batch(
        folder,
        customers=[
            a_customer(
                n,
                customer_id=written,
                first_name=f"Name{n}",
                last_name=f"Last{n}",
                email=f"person{n}@example.com",
                phone=f"+100000000{n}",
            )
            for n, written in people
        ],
        products=[a_product(1)],
        transactions=[
            a_transaction(
                n, "2026-11-20", customer_id=written, shipping_address=f"{n} Some Street Nr {n}"
            )
            for n, written in people
        ],
        transaction_items=[an_item(n, n) for n, _ in people],
    )
    with (batch / "customers.csv").open("a") as file:
        file.writelines(f"{written},Name{n},x\n" for n, written in people)
    return batch


def traces(root: Path, customer_id: str) -> list[Row]:
    """Return what a table or a file still says of one of the six; the id in any writing."""
    n = list(WRITTEN).index(customer_id) + 1
    said = (f"Name{n}", f"Last{n}", f"person{n}@example.com", f"+100000000{n}", f"{n} Some Street")
    ((ids,),) = query(
        "select string_agg(format('select distinct %L, customer_id from %I.%I', table_name,"
        " table_schema, table_name), ' union ') from information_schema.columns"
        " where column_name = 'customer_id'"
        " and table_schema in ('staging', 'quarantine', 'production', 'snapshots', 'mart')"
    )
    files = [
        *(root / "archive").rglob("*.gz"),
        *(root / "landing").rglob("*.gz"),
        *(root / "exports").rglob("*.csv"),
    ]
    return [
        *found_in_tables(said),
        *found_in_files(root, said),
        *(
            (table, customer_id)
            for table, found in query(ids)
            if clean_id(found or "") == customer_id
        ),
        *((path, customer_id) for path in files if customer_id in ids_in(unpacked(path))),
    ]


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


@pytest.mark.usefixtures("database")
def test_erasure_stopped_in_the_archive_gives_the_same_pseudonym_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    load(variants(tmp_path_factory.mktemp("outside") / "first"), date(2026, 11, 21), settings)
    monkeypatch.setattr(erase, "_build_anew", lambda _: None)
    with monkeypatch.context() as patch:
        patch.setattr(erase, "scrub_batch", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erase.erase_customer(settings, "C3")
    assert erase.erase_customer(settings, "C4").pseudonym == "ERASED000002"
    assert erase.erase_customer(settings, "C3").pseudonym == "ERASED000001"
    assert traces(settings.root, "C3") == []

    with pytest.raises(LoaderError, match="no customer C9 is known"):
        erase.erase_customer(settings, "C9")
    assert query("select count(*) from ops.erasures") == [(2,)]


ENDED_SESSIONS = """
select pg_terminate_backend(pid, 5000)
from pg_stat_activity
where datname = current_database() and application_name like 'loader%'
"""


@pytest.mark.usefixtures("database")
def test_erasure_that_lost_its_session_reports_all_that_was_changed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("SHOP_RETRY_WAIT", "0.01")
    load(variants(tmp_path_factory.mktemp("outside") / "first"), date(2026, 11, 21), settings)
    monkeypatch.setattr(erase, "_build_anew", lambda _: None)
    undisturbed = erase.erase_customer(settings, "C1")
    assert undisturbed.tables["staging.customers"] == undisturbed.batches == 1

    for customer_id, losing in (("c6", "scrub_batch"), ("C3", "_vacuum")):
        with monkeypatch.context() as patch:
            patch.setattr(erase, losing, lost_once(getattr(erase, losing)))
            disturbed = erase.erase_customer(settings, customer_id)
        assert (disturbed.tables, disturbed.batches) == (undisturbed.tables, 1), losing
        assert query(
            "select count(*) from pg_stats where schemaname = 'staging' and tablename = 'customers'"
            f" and histogram_bounds::text like '%Name{customer_id[1:]}%'"
        ) == [(0,)], losing


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("losing", ["erase_loaded_rows", "scrub_batch"])
def test_unknown_customer_is_not_reported_as_erased_where_a_session_was_lost(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    losing: str,
) -> None:
    monkeypatch.setenv("SHOP_RETRY_WAIT", "0.01")
    load(variants(tmp_path_factory.mktemp("outside") / "first"), date(2026, 11, 21), settings)
    monkeypatch.setattr(erase, losing, lost_once(getattr(erase, losing)))
    with pytest.raises(LoaderError, match="no customer C9 is known"):
        erase.erase_customer(settings, "C9")
    assert query("select count(*) from ops.erasures") == [(0,)]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("stopped_in", ["erase_loaded_rows", "scrub_batch"])
def test_unknown_customer_is_not_reported_as_erased_where_the_command_was_killed(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    stopped_in: str,
) -> None:
    load(variants(tmp_path_factory.mktemp("outside") / "first"), date(2026, 11, 21), settings)
    monkeypatch.setattr(erase, "_build_anew", lambda _: None)
    with monkeypatch.context() as patch:
        patch.setattr(erase, stopped_in, lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erase.erase_customer(settings, "C9")
    assert erase.erase_customer(settings, "C4").pseudonym == "ERASED000002"
    with pytest.raises(LoaderError, match="no customer C9 is known"):
        erase.erase_customer(settings, "C9")
    assert erase.erase_customer(settings, "C5").pseudonym == "ERASED000003"
    assert query("select count(*), count(erased_at) from ops.erasures") == [(2, 2)]


@pytest.mark.usefixtures("database")
def test_customer_whom_only_the_archive_knows_stays_known_where_the_command_was_killed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    load(variants(tmp_path_factory.mktemp("outside") / "first"), date(2026, 11, 21), settings)
    execute(
        "truncate staging.customers, staging.transactions; delete from quarantine.rejected_lines"
    )
    monkeypatch.setattr(erase, "_build_anew", lambda _: None)
    with monkeypatch.context() as patch:
        patch.setattr(erase, "scrub_batch", lambda *given: 1 / (0 * len(scrub_batch(*given))))
        with pytest.raises(ZeroDivisionError):
            erase.erase_customer(settings, "C3")
    assert traces(settings.root, "C3") == []
    assert erase.erase_customer(settings, "C3").pseudonym == "ERASED000001"
    assert query("select count(erased_at) from ops.erasures") == [(1,)]


def lost_once[**Given, Found](work: Callable[Given, Found]) -> Callable[Given, Found]:
    """Return what does the work, and the first time ends all sessions after it."""
    losses = iter([ENDED_SESSIONS])

    def lost(*arguments: Given.args, **named: Given.kwargs) -> Found:
        found = work(*arguments, **named)
        for loss in losses:
            execute(loss)
        return found

    return lost


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


@pytest.mark.usefixtures("database")
def test_batch_that_a_killed_load_left_aside_is_erased_as_well(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    load(variants(tmp_path_factory.mktemp("outside") / "first"), date(2026, 11, 21), settings)
    (batch,) = archived(settings)
    batch.folder.rename(batch.folder.with_name(f".aside-{batch.folder.name}"))
    monkeypatch.setattr(erase, "_build_anew", lambda _: None)

    assert erase.erase_customer(settings, "C2").batches == 1

    assert traces(settings.root, "C2") == []
    assert [found.folder.name for found in archived(settings)] == [batch.folder.name]
