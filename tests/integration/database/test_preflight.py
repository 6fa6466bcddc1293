"""A database that is not ours, or not fit, is left as it was, with one message about everything."""

import os
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql

from factories.days import dbt, execute, fingerprint, query, run, run_well
from factories.shops import DAY
from loader.config.settings import Settings
from loader.database import preflight, server
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.pipeline.context import Order
from loader.pipeline.run import run as run_here

OTHERS = """
create schema mart; create schema seeds; create schema mart_build;
create table mart.dim_customers (customer_key int primary key, note text);
insert into mart.dim_customers values (1, 'not the shop''s');
create table seeds.holidays (mine int); insert into seeds.holidays values (7);
create table mart_build.dim_dates (mine int); insert into mart_build.dim_dates values (9);
create view public.my_view as select * from mart_build.dim_dates;
"""
CATALOGUE = """
select relnamespace::regnamespace::text, relname, attname, format_type(atttypid, atttypmod)
from pg_class inner join pg_attribute on attrelid = pg_class.oid
where relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
order by 1, 2, attnum
"""


@pytest.mark.usefixtures("database")
def test_database_with_tables_of_our_names_is_refused_before_anything_is_changed(
    settings: Settings, sample_batch: Path
) -> None:
    execute(OTHERS)
    before = query(CATALOGUE), fingerprint("mart", "seeds", "mart_build")

    with pytest.raises(LoaderError) as caught:
        run_here(Order(("load",), DAY, sample_batch), settings)

    said = str(caught.value)
    assert "nothing was changed:" in said
    assert "schema mart holds dim_customers" in said
    assert "schema seeds holds holidays and was not made here" in said
    assert "public.my_view reads mart_build.dim_dates" in said
    assert (query(CATALOGUE), fingerprint("mart", "seeds", "mart_build")) == before
    assert query("select * from public.my_view") == [(9,)]
    assert query("select to_regnamespace('ops')") == [(None,)]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "others",
    [
        "create schema production; create table production.payment_methods (id int)",
        "create schema ops; create view ops.runs as select 1 as run_id",
        "create schema snapshots; create function snapshots.f() returns int return 1",
        "create schema quarantine; create type quarantine.verdict as enum ('open')",
        "create schema ops; create table ops.migrations (number int, name text)",
    ],
)
def test_anything_in_a_schema_of_our_name_is_somebody_elses(
    settings: Settings, others: str
) -> None:
    execute(others)
    with pytest.raises(LoaderError, match="was not made here"):
        make_schema(settings)


@pytest.mark.usefixtures("database")
def test_empty_schemas_of_our_names_are_taken(settings: Settings) -> None:
    execute("create schema mart; create schema seeds")
    make_schema(settings)
    make_schema(settings)
    marks = query(
        "select obj_description(oid, 'pg_namespace') from pg_namespace"
        f" where nspname in {preflight.SCHEMAS}"
    )
    assert len(marks) == len(preflight.SCHEMAS)
    assert all(mark.endswith(preflight.MARK) for (mark,) in marks)


@pytest.mark.usefixtures("database")
def test_schema_that_was_replaced_is_not_ours_any_more(settings: Settings) -> None:
    make_schema(settings)
    execute("drop schema seeds; create schema seeds; create table seeds.holidays (mine int)")
    with pytest.raises(LoaderError, match="schema seeds holds holidays and was not made here"):
        make_schema(settings)


def test_server_encoding_and_version_are_told_in_one_message(
    settings: Settings,
    server_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable, value in server_environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(preflight, "OLDEST_VERSION", 99)
    name = f"latin_{os.getpid()}"
    with closing(psycopg2.connect(host=os.environ["PGHOST"], dbname="postgres")) as maintenance:
        maintenance.autocommit = True
        cursor = maintenance.cursor()
        cursor.execute(
            sql.SQL("create database {} encoding 'LATIN1' locale 'C' template template0").format(
                sql.Identifier(name)
            )
        )
        try:
            monkeypatch.setenv("PGDATABASE", name)
            execute("create schema mart; create table mart.mine (id int)")
            with pytest.raises(LoaderError) as caught:
                make_schema(settings)
        finally:
            cursor.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
    for part in ("99 or newer is needed", "its encoding is LATIN1", "schema mart holds mine"):
        assert part in str(caught.value)


@pytest.mark.usefixtures("first_day")
def test_view_on_a_table_that_is_made_anew_stops_the_run_and_stays(second_day: Path) -> None:
    execute("create view public.my_view as select * from mart_build.dim_dates")
    rows = query("select count(*) from public.my_view")

    done = run("2025-03-02", second_day)

    assert done.returncode == 1
    assert "my_view reads mart_build.dim_dates, which every build makes anew" in done.stderr
    assert dbt("run", "--select", "dim_dates").returncode == 1
    assert query("select count(*) from public.my_view") == rows


@pytest.mark.usefixtures("first_day")
def test_table_of_somebody_else_in_mart_is_not_written_over(second_day: Path) -> None:
    execute(
        "delete from ops.publication_relations where relation_name = 'rpt_day_of_week';"
        "drop table mart.rpt_day_of_week; create table mart.rpt_day_of_week (mine text);"
        "insert into mart.rpt_day_of_week values ('mine')"
    )
    done = run("2025-03-02", second_day, "load", "build")
    assert done.returncode == 1
    assert query("select * from mart.rpt_day_of_week") == [("mine",)]
    execute("drop table mart.rpt_day_of_week")
    run_well("2025-03-02", second_day, "load", "build")


def make_schema(settings: Settings) -> None:
    with closing(server.connect(settings)) as connection:
        ensure_schema(connection)
