"""The export: all of the mart as of one moment, the same bytes each time, whole or not at all."""

import csv
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from factories.published import PUBLISH, Execute
from loader.cli import loader
from loader.config.settings import Settings
from loader.database import server
from loader.database.fetch import fetch_value
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.export import write as exporting
from loader.export.manifest import FileEntry
from loader.export.relations import (
    Figures,
    Relation,
    copy_statement,
    mart_relations,
    newest_publication,
    snapshot,
)
from loader.export.verify import verify
from loader.export.write import export

pytestmark = pytest.mark.versions

MART = """
create table mart.fct_sales (
    item_id text primary key, amount numeric(14, 2), sold_on date, is_gift boolean, note text
);
create table mart.dim_dates (date_key integer primary key, full_date date not null);
create table mart.keyless (amount numeric(14, 2), note text, seen_at timestamptz);
insert into mart.fct_sales values
    ('b', 1.50, '2026-11-22', true, 'comma, quote " and' || chr(10) || 'line'),
    ('a', 20.00, '2026-11-21', false, 'Zoë'), ('B', null, null, null, null);
insert into mart.dim_dates values (20261122, '2026-11-22'), (20261121, '2026-11-21');
insert into mart.keyless select amount, note, '2026-11-22 00:00:00Z' from mart.fct_sales;
"""


@pytest.fixture
def execute(settings: Settings, database: str) -> Iterator[Execute]:
    assert database
    with closing(server.connect(settings)) as connection:
        ensure_schema(connection)
        connection.autocommit = True

        def run(statement: str) -> None:
            with connection.cursor() as cursor:
                cursor.execute(statement)

        yield run


@pytest.fixture
def mart(execute: Execute) -> Execute:
    execute(MART + PUBLISH)
    return execute


def content(settings: Settings) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in settings.exports_dir.iterdir()}


@pytest.mark.usefixtures("mart")
def test_relations_are_written_in_the_order_of_their_keys(settings: Settings) -> None:
    result = export(settings)
    assert result.rows == {"dim_dates": 2, "fct_sales": 3, "keyless": 3}
    written = content(settings)
    assert (
        written["dim_dates.csv"]
        == b"date_key,full_date\n20261121,2026-11-21\n20261122,2026-11-22\n"
    )
    assert written["fct_sales.csv"].decode() == (
        "item_id,amount,sold_on,is_gift,note\n"
        "B,,,,\n"
        "a,20.00,2026-11-21,false,Zoë\n"
        'b,1.50,2026-11-22,true,"comma, quote "" and\nline"\n'
    )


def test_what_somebody_made_in_mart_is_neither_exported_nor_verified(
    settings: Settings, mart: Execute
) -> None:
    mart(
        "create view mart.as_json as select to_json(f) as sale from mart.fct_sales as f;"
        "create table mart.notes (note json); insert into mart.notes values ('{}');"
        "create materialized view mart.kept as select point(1, 2) as place"
    )
    assert set(export(settings).rows) == {"dim_dates", "fct_sales", "keyless"}
    assert "as_json" not in (settings.exports_dir / "COLUMNS.md").read_text()
    verify(settings)


def test_published_relation_that_is_gone_is_named(settings: Settings, mart: Execute) -> None:
    mart("drop table mart.keyless")
    with pytest.raises(LoaderError, match="publication 1 has keyless, and mart has not"):
        export(settings)


def test_sales_are_written_in_the_order_of_their_days(settings: Settings, mart: Execute) -> None:
    mart("alter table mart.fct_sales add column date_key integer")
    mart(
        "update mart.fct_sales set date_key = case item_id when 'B' then 20261122 else 20261121 end"
    )
    export(settings)
    lines = content(settings)["fct_sales.csv"].decode().splitlines()
    assert [line[0] for line in lines[1:] if line[1:2] == ","] == ["a", "b", "B"]


def test_index_gives_the_order_where_the_database_orders_by_bytes(
    settings: Settings, execute: Execute
) -> None:
    execute(
        MART + 'create table mart.collated (key text collate "ucs_basic" primary key);' + PUBLISH
    )
    execute("insert into mart.fct_sales select 'é' || n from generate_series(1, 5000) as n")
    execute("analyze mart.fct_sales")
    with snapshot(settings) as cursor:
        found = mart_relations(cursor, newest_publication(cursor))
        relations = {relation.name: relation for relation in found}
        # the embedded server's databases do; others may be made with any locale
        cursor.execute(
            "select to_jsonb(d) from pg_database as d where datname = current_database()"
        )
        database = fetch_value(cursor, dict)
        is_bytewise = database["datlocprovider"] == "b" or database["datcollate"] == "C"
        assert relations["fct_sales"].bytewise == ({"item_id", "note"} if is_bytewise else set())
        assert relations["collated"].bytewise == frozenset()
        sent = {
            name: copy_statement(relation, {}).as_string(cursor)
            for name, relation in relations.items()
        }
        assert sent["collated"].count('collate "C"') == 1
        assert sent["fct_sales"].count('collate "C"') == (0 if is_bytewise else 1)
        cursor.execute("explain " + re.findall(r"\((select .*)\) to", sent["fct_sales"])[0])
        plan = cursor.fetchall()[0][0]
        assert plan.startswith("Index Scan using fct_sales_pkey") == is_bytewise


@pytest.mark.usefixtures("mart")
def test_manifest_tells_what_the_files_hold(settings: Settings) -> None:
    export(settings)
    manifest = json.loads((settings.exports_dir / "manifest.json").read_text())
    assert (manifest["publication_id"], manifest["logical_date"]) == (1, "2026-11-22")
    assert manifest["currency"] == "INR"
    assert manifest["files"]["fct_sales.csv"]["columns"]["amount"] == "numeric(14,2)"
    for name, entry in manifest["files"].items():
        data = (settings.exports_dir / name).read_bytes()
        assert entry["sha256"] == hashlib.sha256(data).hexdigest()
        with (settings.exports_dir / name).open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert (entry["rows"], list(entry["columns"])) == (len(rows), header)


@pytest.mark.usefixtures("mart")
def test_command_writes_parquet_on_request(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_ROOT", str(settings.root))
    done = CliRunner().invoke(loader, ["export", "--parquet"], catch_exceptions=False)
    assert done.exit_code == 0
    assert (settings.exports_dir / "fct_sales.parquet").exists()


def test_same_mart_gives_the_same_bytes(settings: Settings, mart: Execute) -> None:
    export(settings)
    before = content(settings)
    # The rows move to other places in the table, and the defaults of new sessions change.
    mart("update mart.fct_sales set note = note where item_id = 'B'")
    mart(
        "do $$ begin execute format('alter database %I set timezone = ''Asia/Tokyo''',"
        " current_database()); end $$"
    )
    export(settings)
    assert content(settings) == before


def test_file_of_a_relation_that_is_gone_is_removed(settings: Settings, mart: Execute) -> None:
    export(settings)
    (settings.exports_dir / "README.md").write_text("stays\n")
    mart("drop table mart.keyless;" + PUBLISH)
    assert export(settings).removed == ("keyless.csv",)
    assert set(content(settings)) == {
        "dim_dates.csv",
        "fct_sales.csv",
        "manifest.json",
        "COLUMNS.md",
        "README.md",
    }


def test_files_are_of_one_moment(
    settings: Settings, mart: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = exporting._write  # noqa: SLF001

    def write_while_the_mart_changes(
        cursor: Cursor, relation: Relation, found: Figures, folder: Path, is_parquet_wanted: bool
    ) -> FileEntry:
        entry = write(cursor, relation, found, folder, is_parquet_wanted)
        mart("delete from mart.fct_sales;" + PUBLISH)
        return entry

    monkeypatch.setattr(exporting, "_write", write_while_the_mart_changes)
    result = export(settings)
    assert result.rows == {"dim_dates": 2, "fct_sales": 3, "keyless": 3}
    assert result.publication.publication_id == 1


def test_interrupted_export_leaves_the_old_files(
    settings: Settings, mart: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(settings)
    before = content(settings)
    mart("delete from mart.fct_sales;" + PUBLISH)
    with monkeypatch.context() as patched:

        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(exporting, "_write_manifest", interrupt)
        with pytest.raises(KeyboardInterrupt):
            export(settings)
    assert content(settings) == before


@pytest.mark.usefixtures("mart")
def test_leftovers_of_a_killed_export_are_cleared(settings: Settings) -> None:
    leftover = settings.exports_dir / ".export-killed"
    leftover.mkdir(parents=True)
    (leftover / "fct_sales.csv").write_text("half\n")
    export(settings)
    assert not leftover.exists()


def test_reader_finds_whole_files_at_any_time(settings: Settings, mart: Execute) -> None:
    export(settings)
    path, seen, done = settings.exports_dir / "fct_sales.csv", set(), threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=watch)
    reader.start()
    for number in range(5):
        mart(f"update mart.fct_sales set amount = {number}")
        export(settings)
    done.set()
    reader.join()
    assert {data.count(b"\n") for data in seen} == {5}


@pytest.mark.parametrize("prepare", ["select 1", "drop schema ops cascade"])
def test_nothing_published_is_an_error(settings: Settings, execute: Execute, prepare: str) -> None:
    execute(prepare)
    with pytest.raises(LoaderError, match="nothing was published yet"):
        export(settings)
    assert list(settings.exports_dir.iterdir()) == []


def test_names_and_values_are_never_run(settings: Settings, execute: Execute) -> None:
    execute('create table mart."x; drop table y --" ("a""b" text primary key)')
    execute("""insert into mart."x; drop table y --" values ('\\.'), ('=1+1')""")
    execute(PUBLISH)
    assert export(settings).rows == {"x; drop table y --": 2}


def test_relation_cannot_lead_out_of_the_folder(settings: Settings, execute: Execute) -> None:
    execute('create table mart."../evil" (a text primary key);' + PUBLISH)
    with pytest.raises(LoaderError, match="rename the relation"):
        export(settings)
    assert list(settings.root.glob("*.csv")) == []
