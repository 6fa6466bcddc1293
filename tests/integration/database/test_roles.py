"""The daily run works with the least, and whoever tries more is refused."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql

from conftest import ScratchDatabase
from factories.attacks import ATTEMPTS, DENIED, Attempt
from factories.days import (
    a_customer,
    a_product,
    a_transaction,
    an_item,
    dbt,
    execute,
    fingerprint,
    loader,
    query,
    run_well,
    write_batch,
)
from loader.backup.fingerprint import fingerprints
from loader.config.settings import REPOSITORY, Settings
from loader.database import server
from loader.database.credentials import (
    BI,
    LOADER,
    OWNER,
    TRANSFORMER,
    WITH_LOGIN,
    password_variable,
    role_name,
)
from loader.database.embedded.sockets import PORT
from loader.database.fetch import Row
from loader.database.roles import set_up_roles
from loader.database.schema import SCHEMA
from loader.errors import LoaderError
from loader.pipeline.revert import revert_batch

pytestmark = pytest.mark.versions

ROLES = (OWNER, *WITH_LOGIN)
# What must not be found anywhere but where it belongs.
PLANTED = {
    "email": "planted.person@example.com",
    "phone": "+15550198765",
    "address": "77 Planted Street",
    "name": "Plantedson",
}


@dataclass(frozen=True)
class Shop:
    root: Path
    passwords: dict[str, str]


@pytest.fixture(scope="module")
def shop(
    scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """Yield a shop whose first day was run by the roles, and the environment of that run."""
    root = tmp_path_factory.mktemp("roles")
    batch = write_batch(
        root / "batch",
        customers=[
            a_customer(1, email=PLANTED["email"], phone=PLANTED["phone"]),
            a_customer(2, email=PLANTED["email"], last_name=PLANTED["name"]),
        ],
        products=[a_product(1)],
        transactions=[a_transaction(1, "2025-03-01", shipping_address=PLANTED["address"])],
        transaction_items=[an_item(1, 1), an_item(2, 9)],
    )
    with (batch / "customers.csv").open("a") as file:
        file.write(f"{PLANTED['email']}\n")
    prefix = f"test_{secrets.token_hex(4)}"
    passwords = {role: secrets.token_urlsafe(24) for role in WITH_LOGIN}
    with pytest.MonkeyPatch.context() as patch, scratch_database(patch):
        patch.setenv("SHOP_ROOT", str(root))
        patch.setenv("SHOP_ROLE_PREFIX", prefix)
        patch.setenv("DBT_TARGET_PATH", str(root / "target"))
        patch.setenv("DBT_LOG_PATH", str(root / "target"))
        for role, password in passwords.items():
            patch.setenv(password_variable(role), password)
        try:
            set_up_roles(Settings(root=root))
            patch.setenv("SHOP_ROLES", "1")
            run_well("2025-03-01", batch, "load", "build", "export", "report")
            yield Shop(root, passwords)
        finally:
            patch.delenv("SHOP_ROLES", raising=False)
            for (name,) in query(f"select rolname from pg_roles where rolname ~ '^{prefix}_'"):
                execute(f"drop owned by {name} cascade; drop role {name}")


def session(shop: Shop, role: str) -> psycopg2.extensions.connection:
    password = shop.passwords[role]
    return psycopg2.connect(
        host=os.environ["PGHOST"],
        port=os.environ.get("PGPORT") or PORT,
        dbname=os.environ["PGDATABASE"],
        user=role_name(role),
        password=password,
    )


def test_a_run_by_the_roles_publishes_and_each_owns_its_own(shop: Shop) -> None:
    assert query("select count(*) from mart.fct_sales") == [(1,)]
    assert (shop.root / "exports" / "fct_sales.csv").exists()
    owners: dict[str, str] = dict(
        query(
            "select nspname || '.' || relname, relowner::regrole::text from pg_class"
            " inner join pg_namespace on pg_namespace.oid = relnamespace where relkind = 'r'"
            " and nspname in ('staging', 'production', 'quarantine', 'mart', 'ops')"
        )
    )
    assert owners["staging.customers"] == owners["ops.loads"] == role_name(OWNER)
    assert owners["mart.fct_sales"] == owners["production.customers"] == role_name(TRANSFORMER)
    assert set(owners.values()) == {role_name(OWNER), role_name(TRANSFORMER)}


def test_roles_can_be_made_again_and_nothing_changes(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    privileges = (
        "select nspname, relname, relowner::regrole::text, relacl::text from pg_class"
        " inner join pg_namespace on pg_namespace.oid = relnamespace"
        " where nspname in ('staging', 'quarantine', 'production', 'mart', 'ops') order by 1, 2"
    )
    monkeypatch.delenv("SHOP_ROLES")
    set_up_roles(Settings(root=shop.root))  # dbt has made tables since the first time
    before, rows = query(privileges), fingerprint("mart", "production", "quarantine")
    set_up_roles(Settings(root=shop.root))
    assert query(privileges) == before
    assert fingerprint("mart", "production", "quarantine") == rows


def test_roles_of_an_old_database_take_over_what_is_there(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute("alter table mart.fct_sales owner to current_user; create table ops.mine (x int)")
    monkeypatch.delenv("SHOP_ROLES")
    set_up_roles(Settings(root=shop.root))
    assert query(
        "select relname, relowner::regrole::text from pg_class"
        " where oid in ('mart.fct_sales'::regclass, 'ops.mine'::regclass)"
        " order by relname"
    ) == [("fct_sales", role_name(TRANSFORMER)), ("mine", role_name(TRANSFORMER))]
    execute("drop table ops.mine")


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda a: f"{a.role} {a.outcome}: {a.statement}")
def test_attempt_has_its_outcome(shop: Shop, attempt: Attempt) -> None:
    names = {role: role_name(role) for role in ROLES}
    statement = attempt.statement
    if "{" in statement:
        statement = statement.format(**names)
    with closing(session(shop, attempt.role)) as connection:
        connection.autocommit = True
        # its default, but a session can say otherwise
        connection.cursor().execute("set default_transaction_read_only = off")
        if attempt.outcome == DENIED:
            with pytest.raises(psycopg2.Error) as caught:
                connection.cursor().execute(statement)
            assert caught.value.pgcode in ("42501", "0LP01"), caught.value  # privilege, grant
        else:
            connection.cursor().execute(statement)
            if statement.startswith("alter role"):
                connection.cursor().execute(
                    sql.SQL("alter role {} set statement_timeout = '60s'").format(
                        sql.Identifier(role_name(BI))
                    )
                )


def test_attempts_are_many() -> None:
    assert len(ATTEMPTS) == len(set(ATTEMPTS)) >= 100
    assert {attempt.role for attempt in ATTEMPTS} == {BI, LOADER, TRANSFORMER}


def test_bi_cannot_look_behind_the_mart_by_any_relation(shop: Shop) -> None:
    with closing(session(shop, BI)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select distinct relnamespace::regnamespace::text from pg_class"
            " where relkind in ('r', 'v', 'm', 'p') and has_table_privilege(oid, 'select')"
            " and has_schema_privilege(relnamespace, 'usage')"
        )
        readable = {name for (name,) in cursor.fetchall()}
        assert readable == {"mart", "pg_catalog", "information_schema"}
        cursor.execute(
            "select count(*) from pg_class where relnamespace = to_regnamespace('mart')"
            " and (has_table_privilege(oid, 'insert, update, delete, truncate'))"
            " and relkind in ('r', 'v')"
        )
        assert cursor.fetchone() == (0,)


def test_passwords_are_nowhere_on_disk(shop: Shop) -> None:
    secret_values = [*shop.passwords.values(), *filter(None, [os.environ.get("PGPASSWORD")])]
    files = [path for path in shop.root.rglob("*") if path.is_file()]
    assert any(path.suffix == ".log" for path in files)
    assert any("target" in path.parts for path in files)
    for path in files:
        content = path.read_bytes()
        assert not [path for secret in secret_values if secret.encode() in content]
    # what the server has is a verifier
    stored = query(
        "select rolpassword from pg_authid where rolname in "
        f"{tuple(role_name(role) for role in WITH_LOGIN)}"
    )
    assert all(verifier.startswith("SCRAM-SHA-256$") for (verifier,) in stored)


def test_personal_data_stays_out_of_mart_exports_and_logs(shop: Shop) -> None:
    assert query(
        f"select count(*) from production.customers where email = '{PLANTED['email']}'"
    ) == [(1,)]
    contact = [value.encode() for key, value in PLANTED.items() if key != "name"]
    told = [*(shop.root / "exports").iterdir(), *(shop.root / "logs").iterdir()]
    assert len(told) > 10
    for path in told:
        assert not [value for value in contact if value in path.read_bytes()], path
    for (table,) in query(
        "select table_name from information_schema.tables where table_schema = 'mart'"
    ):
        text = query(f"select coalesce(string_agg(t::text, ' '), '') from mart.{table} as t")[0][0]
        assert not [value for value in contact if value.decode() in text], table


def test_wrong_password_is_refused_unless_the_system_says_who_we_are(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(password_variable(LOADER), "not this one, certainly")
    settings = Settings(root=shop.root)
    if os.environ["PGHOST"].startswith("/"):  # a socket of the embedded server, which asks for none
        with closing(server.connect(settings)) as connection, connection.cursor() as cursor:
            cursor.execute("select current_user")
            assert cursor.fetchone() == (role_name(LOADER),)
        return
    with pytest.raises(LoaderError, match=f"as user {role_name(LOADER)}") as caught:
        server.connect(settings)
    assert "certainly" not in str(caught.value)


def test_short_password_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(password_variable(BI), "short")
    with pytest.raises(LoaderError, match="SHOP_BI_PASSWORD is shorter than 12 characters"):
        set_up_roles(Settings(root=shop.root))


def test_batch_is_taken_back_and_tables_of_dbt_are_emptied_by_dbts_role_alone(
    shop: Shop, tmp_path: Path
) -> None:
    layers = ("production", "quarantine", "snapshots", "mart")
    before = fingerprint(*layers)
    with closing(session(shop, TRANSFORMER)) as transformer, transformer:
        transformer.cursor().execute(
            "create table mart_build.emptied_by (name text);"
            " create function mart_build.note() returns trigger language plpgsql as"
            " 'begin insert into mart_build.emptied_by values (current_user); return null; end';"
            " create trigger note after truncate on production.customers"
            " execute function mart_build.note()"
        )
    second = write_batch(tmp_path / "second", customers=[a_customer(1, city="Delhi")])
    run_well("2025-03-02", second, "load", "build")
    assert fingerprint(*layers) != before
    assert revert_batch(Settings(root=shop.root), lambda _: None).newest == date(2025, 3, 1)
    assert fingerprint(*layers) == before
    assert query("select name from mart_build.emptied_by") == [(role_name(TRANSFORMER),)]


def test_roles_are_made_while_bi_reads_in_an_open_transaction(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_ROLES")
    with closing(session(shop, BI)) as reader:
        reader.cursor().execute("select count(*) from mart.fct_sales")
        set_up_roles(Settings(root=shop.root))


def test_table_that_has_to_change_hands_and_is_read_is_not_waited_for(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_ROLES")
    monkeypatch.setattr("loader.database.roles.LOCK_TIMEOUT", "100ms")
    execute("alter table mart.dim_dates owner to current_user")
    with closing(session(shop, BI)) as reader:
        reader.cursor().execute("select count(*) from mart.dim_dates")
        process = reader.info.backend_pid
        reason = f"in open transactions .*{process} of user {role_name(BI)}"
        with pytest.raises(LoaderError, match=reason):
            set_up_roles(Settings(root=shop.root))
    set_up_roles(Settings(root=shop.root))


def test_what_others_made_in_our_schemas_stays_theirs(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_ROLES")
    other = f"{role_name(OWNER)}_analyst"  # of no role of the shop, removed with these
    execute(
        f"create role {other}; create view mart.of_mine as select 1 as one;"
        " create table mart.also_mine (one int); create table production.theirs (one int);"
        f" grant create on schema production to {other};"
        f" alter table production.theirs owner to {other};"
        " alter table mart.dim_dates owner to current_user"
    )
    set_up_roles(Settings(root=shop.root))
    owners = (
        "select relname, pg_get_userbyid(relowner) from pg_class where relname in"
        " ('of_mine', 'also_mine', 'theirs', 'dim_dates') and relkind in ('r', 'v')"
        " and relnamespace::regnamespace::text in ('mart', 'production')"
    )
    (user,) = query("select current_user::text")[0]
    assert dict(query(owners)) == {
        "of_mine": user,
        "also_mine": user,
        "theirs": other,
        "dim_dates": role_name(TRANSFORMER),
    }
    execute("drop view mart.of_mine; drop table mart.also_mine, production.theirs")


def test_temporary_files_of_bi_are_limited(shop: Shop) -> None:
    with closing(session(shop, BI)) as connection, connection.cursor() as cursor:
        cursor.execute("show temp_file_limit")
        assert cursor.fetchone() == ("512MB",)


def test_bi_can_change_the_password_it_shares_and_roles_set_it_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = f"select rolpassword from pg_authid where rolname = '{role_name(BI)}'"
    before = query(verifier)
    with closing(session(shop, BI)) as connection, connection:
        connection.cursor().execute("set transaction read write")
        connection.cursor().execute(
            sql.SQL("alter role {} password 'of my own'").format(sql.Identifier(role_name(BI)))
        )
    assert query(verifier) != before
    monkeypatch.delenv("SHOP_ROLES")
    set_up_roles(Settings(root=shop.root))
    session(shop, BI).close()


@pytest.mark.parametrize(
    ("made", "dropped"),
    [
        ("create table {0} (x int)", "drop table {0}"),
        ("create function {0}() returns int language sql as 'select 1'", "drop function {0}"),
    ],
)
def test_what_a_role_made_under_a_name_of_the_loaders_is_not_taken_for_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, made: str, dropped: str
) -> None:
    name = "ops.of_a_later_release"
    kind = "function" if "function" in made else "table"
    addition = {
        "table": f"create table if not exists {name} (x int);",
        "function": f"create or replace function {name}() returns int language sql as 'select 2';",
    }[kind]
    later = shop.root / "schema.sql"
    later.write_text(SCHEMA.read_text() + addition)
    monkeypatch.delenv("SHOP_ROLES")
    monkeypatch.setattr("loader.database.schema.SCHEMA", later)
    with closing(session(shop, TRANSFORMER)) as connection, connection:
        connection.cursor().execute(made.format(name))
    with pytest.raises(LoaderError, match=f"another's: {name} of {role_name(TRANSFORMER)}"):
        set_up_roles(Settings(root=shop.root))
    execute(dropped.format(name))


def plant(shop: Shop, *statements: str) -> None:
    """Let the transformer put functions behind its tables that note with whose rights they run."""
    with closing(session(shop, TRANSFORMER)) as connection, connection:
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


def test_administrator_reads_tables_and_nothing_behind_them(shop: Shop) -> None:
    plant(
        shop,
        "create table production.bait (x int)",
        "insert into production.bait values (1)",
        "create function production.told(production.bait) returns text language sql"
        " as 'select production.note()'",
        "create cast (production.bait as text) with function production.told(production.bait)",
        "create view production.lure as select production.note() as x",
    )
    with closing(server.connect(Settings(root=shop.root), None)) as connection:
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
@pytest.mark.usefixtures("shop")
def test_administrator_is_refused_where_roles_own_the_tables(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.delenv("SHOP_ROLES")
    before = fingerprint("mart", "production", "quarantine", "staging")
    done = subprocess.run(
        [sys.executable, "-m", "loader", *command],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"belong to {role_name(OWNER)}" in done.stderr
    assert "set SHOP_ROLES=1" in done.stderr
    assert fingerprint("mart", "production", "quarantine", "staging") == before


@pytest.mark.usefixtures("shop")
def test_dbt_typed_by_an_administrator_is_refused() -> None:
    done = dbt("build", "--select", "dim_dates")
    assert done.returncode != 0
    assert f"belong to {role_name(OWNER)}" in done.stdout


def test_customer_is_erased_with_the_rights_of_whose_tables_they_are(shop: Shop) -> None:
    plant(
        shop,
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
    done = subprocess.run(
        [sys.executable, "-m", "loader", "erase-customer", "CUST0001", "--yes"],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=False,
    )
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


def test_no_command_of_an_administrator_runs_what_the_transformer_planted_with_its_rights(
    shop: Shop, scratch_database: ScratchDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    second = write_batch(tmp_path / "second", customers=[a_customer(3), a_customer(4)])
    run_well("2025-03-02", second, "load", "build")
    role = role_name(TRANSFORMER)
    with closing(session(shop, TRANSFORMER)) as connection, connection:
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
        with closing(session(shop, TRANSFORMER)) as connection:
            connection.cursor().execute("select production.grab_later(), * from mart.lure")
        assert query(superusers) == []
        assert query(
            "select distinct pg_get_userbyid(proowner) from pg_proc where proname ~ '^grab'"
        ) == [(role,)]


@pytest.mark.usefixtures("shop")
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
    shop: Shop, scratch_database: ScratchDatabase
) -> None:
    overload = "ops.clean_code(integer)"
    with closing(session(shop, TRANSFORMER)) as connection, connection:
        connection.cursor().execute(
            f"create function {overload} returns text language sql security definer as 'select 1'"
        )
    assert loader("backup", "create").returncode == 0
    with pytest.MonkeyPatch.context() as patch, scratch_database(patch):
        done = loader("backup", "restore")
        assert f"are another's: ops.clean_code of {role_name(TRANSFORMER)}" in done.stderr
    execute(f"drop function {overload}")


def test_function_that_is_not_the_loaders_behind_its_own_table_stops_roles(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_ROLES")
    execute(
        "create function production.planted() returns trigger language plpgsql as"
        " 'begin return new; end';"
        "create trigger planted before insert on ops.migrations"
        " for each row execute function production.planted()"
    )
    with pytest.raises(LoaderError, match=r"production\.planted\(\) behind ops\.migrations"):
        set_up_roles(Settings(root=shop.root))
    execute("drop function production.planted() cascade")
    set_up_roles(Settings(root=shop.root))
