"""Nobody with more rights runs code that somebody with fewer put there."""

from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from conftest import ScratchDatabase
from factories.days import (
    a_customer,
    dbt,
    execute,
    fingerprint,
    loader,
    query,
    run_well,
    write_batch,
)
from factories.role_shop import RoleShop, session
from loader.backup.fingerprint import fingerprints
from loader.config.settings import Settings
from loader.database import server
from loader.database.credentials import (
    OWNER,
    TRANSFORMER,
    role_name,
)
from loader.database.fetch import Row
from loader.database.roles import set_up_roles
from loader.database.schema import SCHEMA
from loader.errors import LoaderError


def plant(role_shop: RoleShop, *statements: str) -> None:
    """Let the transformer put functions behind its tables that note with whose rights they run."""
    with closing(session(role_shop, TRANSFORMER)) as connection, connection:
        cursor = connection.cursor()
        cursor.execute(
            "create table if not exists production.ran_as (name text, session_name text);"
            "create or replace function production.note() returns text language sql as"
            " 'insert into production.ran_as values (current_user, session_user)"
            " returning current_user';"
            "create or replace function production.noted() returns trigger language plpgsql as"
            " 'begin perform production.note(); return coalesce(new, old); end'"
        )
        for statement in statements:
            cursor.execute(statement)


def ran_as() -> set[Row]:
    return set(query("select * from production.ran_as"))


@pytest.mark.versions
def test_administrator_reads_tables_and_nothing_behind_them(role_shop: RoleShop) -> None:
    plant(
        role_shop,
        "create table production.bait (x int)",
        "insert into production.bait values (1)",
        "create function production.told(production.bait) returns text language sql"
        " as 'select production.note()'",
        "create cast (production.bait as text) with function production.told(production.bait)",
        "create view production.lure as select production.note() as x",
    )
    with closing(server.connect(Settings(root=role_shop.root), None)) as connection:
        cursor = connection.cursor()
        assert fingerprints(cursor)["production.bait"].rows == 1
        connection.commit()
        if query("select current_setting('restrict_nonsystem_relation_kind', true)") != [(None,)]:
            with pytest.raises(psycopg2.Error, match="access to non-system view"):
                cursor.execute("select * from production.lure")
    assert ran_as() == set()
    execute("drop view production.lure; drop table production.bait cascade")


@pytest.mark.parametrize(
    "command",
    [
        ("erase-customer", "CUST0001", "--yes"),
        ("run", "build"),
        ("export",),
        ("verify",),
    ],
    ids=lambda command: command[0],
)
@pytest.mark.usefixtures("role_shop")
def test_administrator_is_refused_where_roles_own_the_tables(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.delenv("SHOP_ROLES")
    before = fingerprint("mart", "production", "quarantine", "staging")
    done = loader(*command)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"belong to {role_name(OWNER)}" in done.stderr
    assert "set SHOP_ROLES=1" in done.stderr
    assert fingerprint("mart", "production", "quarantine", "staging") == before


@pytest.mark.usefixtures("role_shop")
def test_dbt_typed_by_an_administrator_is_refused() -> None:
    done = dbt("build", "--select", "dim_dates")
    assert done.returncode != 0
    assert f"belong to {role_name(OWNER)}" in done.stdout


@pytest.mark.proof
def test_customer_is_erased_with_the_rights_of_whose_tables_they_are(role_shop: RoleShop) -> None:
    plant(
        role_shop,
        *(
            f"create trigger noted_{event} before {event} on {table}"
            " for each row execute function production.noted()"
            for event, table in (
                ("delete", "production.customers"),
                ("update", "production.transactions"),
                ("update", "staging.stg_customers"),
                ("update", "mart.dim_customers"),
            )
        ),
        "create constraint trigger noted_late after delete on production.customers"
        " deferrable initially deferred for each row execute function production.noted()",
    )
    # Else it would have to be erased first: it waits for the address that becomes free.
    execute("delete from quarantine.rejected_customers where customer_id = 'CUST0002'")
    done = loader("erase-customer", "CUST0001", "--yes")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert ran_as() == {(role_name(TRANSFORMER), role_name(TRANSFORMER))}
    assert query("select count(*) from production.customers where customer_id = 'CUST0001'") == [
        (0,)
    ]
    assert query(
        "select distinct relowner::regrole::text from pg_class where relkind = 'r'"
        " and relnamespace::regnamespace::text in ('mart', 'mart_build', 'production')"
    ) == [(role_name(TRANSFORMER),)]


GRABS = """
create function production.try_it() returns void language plpgsql as $$
begin
    execute 'alter role {role} superuser';
exception when others then
    return;
end $$;
create function production.grab() returns boolean language plpgsql immutable as $$
begin  -- itself it could not: it says that it changes nothing, as an index asks for
    perform production.try_it();
    return true;
end $$;
create function production.grab_on() returns trigger language plpgsql as $$
begin
    perform production.grab();
    return case when tg_level = 'ROW' then coalesce(new, old) end;
end $$;
create function production.grab_later() returns boolean language sql security definer as
    'select production.grab()';
create index on production.transactions ((production.grab()));
create statistics production.planted on (production.grab()), (not production.grab())
    from production.transactions;
create table production.bait (x boolean default production.grab() check (production.grab()));
insert into production.bait default values;
create materialized view production.lure as select production.grab() as x;
create view mart.lure as select production.grab() as x;
create rule grab as on update to production.bait do also select production.grab()
"""
GRABBING_TABLES = (
    *("production.customers", "production.transactions", "quarantine.rejected_customers"),
    *("snapshots.customers_snapshot", "mart.fct_sales", "staging.stg_customers"),
)
GRABS_BEHIND = """
create trigger grab_statement before insert or update or delete or truncate on {table}
    for each statement execute function production.grab_on();
create trigger grab_row before insert or update or delete on {table}
    for each row execute function production.grab_on();
create constraint trigger grab_late after insert or update or delete on {table}
    deferrable initially deferred for each row execute function production.grab_on()
"""


@pytest.mark.proof
def test_no_command_of_an_administrator_runs_what_the_transformer_planted_with_its_rights(
    role_shop: RoleShop,
    scratch_database: ScratchDatabase,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    second = write_batch(tmp_path / "second", customers=[a_customer(3), a_customer(4)])
    run_well("2025-03-02", second, "load", "build")
    role = role_name(TRANSFORMER)
    with closing(session(role_shop, TRANSFORMER)) as connection, connection:
        cursor = connection.cursor()
        cursor.execute(GRABS.format(role=role))
        for table in GRABBING_TABLES:
            cursor.execute(GRABS_BEHIND.format(table=table))
        cursor.execute("select count(*) from pg_trigger where tgname ~ '^grab'")
        assert cursor.fetchone() == (3 * len(GRABBING_TABLES),)
    execute("delete from ops.migrations where number > (select min(number) from ops.migrations)")
    superusers = f"select rolname from pg_roles where rolsuper and rolname = '{role}'"
    for command in (
        *(("prune", "--yes"), ("roles",), ("backup", "create"), ("status",)),  # prune migrates
        *(("run", "build", "publish"), ("export",), ("verify",)),
        *(("erase-customer", "CUST0003", "--yes"), ("revert-batch", "--yes")),
    ):
        done = loader(*command)
        is_done = done.returncode == 0 or command == ("status",)
        assert is_done, (command, done.stdout[-3000:], done.stderr)
        assert query(superusers) == [], command

    with scratch_database(monkeypatch):
        for command in (("backup", "restore"), ("roles",)):
            done = loader(*command)
            assert done.returncode == 0, done.stderr
            assert query(superusers) == [], command
        with closing(session(role_shop, TRANSFORMER)) as connection:
            connection.cursor().execute("select production.grab_later(), * from mart.lure")
        assert query(superusers) == []
        assert query(
            "select distinct pg_get_userbyid(proowner) from pg_proc where proname ~ '^grab'"
        ) == [(role,)]


@pytest.mark.usefixtures("role_shop")
def test_backup_of_what_roles_own_is_not_restored_as_an_administrators(
    scratch_database: ScratchDatabase,
) -> None:
    assert loader("backup", "create").returncode == 0
    with pytest.MonkeyPatch.context() as patch, scratch_database(patch):
        patch.delenv("SHOP_ROLES")
        done = loader("backup", "restore")
        assert done.returncode == 1
        assert f"belonged to {role_name(OWNER)}, {role_name(TRANSFORMER)}, " in done.stderr
        assert "set SHOP_ROLES=1" in done.stderr
        assert query("select from pg_namespace where nspname in ('ops', 'shop_restoring')") == []


def test_function_named_like_one_of_the_loaders_is_not_restored_as_the_owners(
    role_shop: RoleShop, scratch_database: ScratchDatabase
) -> None:
    overload = "ops.clean_code(integer)"
    with closing(session(role_shop, TRANSFORMER)) as connection, connection:
        connection.cursor().execute(
            f"create function {overload} returns text language sql security definer as 'select 1'"
        )
    assert loader("backup", "create").returncode == 0
    with pytest.MonkeyPatch.context() as patch, scratch_database(patch):
        done = loader("backup", "restore")
        assert f"are another's: ops.clean_code of {role_name(TRANSFORMER)}" in done.stderr
    execute(f"drop function {overload}")


def test_function_that_is_not_the_loaders_behind_its_own_table_stops_roles(
    role_shop: RoleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_ROLES")
    execute(
        "create function production.planted() returns trigger language plpgsql as"
        " 'begin return new; end';"
        "create trigger planted before insert on ops.migrations"
        " for each row execute function production.planted()"
    )
    with pytest.raises(LoaderError, match=r"production\.planted\(\) behind ops\.migrations"):
        set_up_roles(Settings(root=role_shop.root))
    execute("drop function production.planted() cascade")
    set_up_roles(Settings(root=role_shop.root))


@pytest.mark.parametrize(
    ("made", "dropped"),
    [
        ("create table {0} (x int)", "drop table {0}"),
        ("create function {0}() returns int language sql as 'select 1'", "drop function {0}"),
    ],
)
def test_what_a_role_made_under_a_name_of_the_loaders_is_not_taken_for_it(
    role_shop: RoleShop, monkeypatch: pytest.MonkeyPatch, made: str, dropped: str
) -> None:
    name = "ops.of_a_later_release"
    kind = "function" if "function" in made else "table"
    addition = {
        "table": f"create table if not exists {name} (x int);",
        "function": f"create or replace function {name}() returns int language sql as 'select 2';",
    }[kind]
    later = role_shop.root / "schema.sql"
    later.write_text(SCHEMA.read_text() + addition)
    monkeypatch.delenv("SHOP_ROLES")
    monkeypatch.setattr("loader.database.schema.SCHEMA", later)
    with closing(session(role_shop, TRANSFORMER)) as connection, connection:
        connection.cursor().execute(made.format(name))
    with pytest.raises(LoaderError, match=f"another's: {name} of {role_name(TRANSFORMER)}"):
        set_up_roles(Settings(root=role_shop.root))
    execute(dropped.format(name))
