"""The daily run works with the least, and whoever tries more is refused."""

import os
from contextlib import closing
from datetime import date
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql

from factories.attacks import ATTEMPTS, DENIED, Attempt
from factories.days import (
    a_customer,
    execute,
    fingerprint,
    query,
    run_well,
    write_batch,
)
from factories.role_shop import PLANTED, RoleShop, session
from loader.config.settings import Settings
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
from loader.database.roles import set_up_roles
from loader.errors import LoaderError
from loader.pipeline.revert import revert_batch

pytestmark = pytest.mark.versions

ROLES = (OWNER, *WITH_LOGIN)


def test_a_run_by_the_roles_publishes_and_each_owns_its_own(role_shop: RoleShop) -> None:
    assert query("select count(*) from mart.fct_sales") == [(1,)]
    assert (role_shop.root / "exports" / "fct_sales.csv").exists()
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
    role_shop: RoleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    privileges = (
        "select nspname, relname, relowner::regrole::text, relacl::text from pg_class"
        " inner join pg_namespace on pg_namespace.oid = relnamespace"
        " where nspname in ('staging', 'quarantine', 'production', 'mart', 'ops') order by 1, 2"
    )
    monkeypatch.delenv("SHOP_ROLES")
    set_up_roles(Settings(root=role_shop.root))  # dbt has made tables since the first time
    before, rows = query(privileges), fingerprint("mart", "production", "quarantine")
    set_up_roles(Settings(root=role_shop.root))
    assert query(privileges) == before
    assert fingerprint("mart", "production", "quarantine") == rows


def test_roles_of_an_old_database_take_over_what_is_there(
    role_shop: RoleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute("alter table mart.fct_sales owner to current_user; create table ops.mine (x int)")
    monkeypatch.delenv("SHOP_ROLES")
    set_up_roles(Settings(root=role_shop.root))
    assert query(
        "select relname, relowner::regrole::text from pg_class"
        " where oid in ('mart.fct_sales'::regclass, 'ops.mine'::regclass)"
        " order by relname"
    ) == [("fct_sales", role_name(TRANSFORMER)), ("mine", role_name(TRANSFORMER))]
    execute("drop table ops.mine")


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda a: f"{a.role} {a.outcome}: {a.statement}")
def test_attempt_has_its_outcome(role_shop: RoleShop, attempt: Attempt) -> None:
    names = {role: role_name(role) for role in ROLES}
    statement = attempt.statement
    if "{" in statement:
        statement = statement.format(**names)
    with closing(session(role_shop, attempt.role)) as connection:
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


def test_bi_cannot_look_behind_the_mart_by_any_relation(role_shop: RoleShop) -> None:
    with closing(session(role_shop, BI)) as connection, connection.cursor() as cursor:
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


def test_passwords_are_nowhere_on_disk(role_shop: RoleShop) -> None:
    secret_values = [*role_shop.passwords.values(), *filter(None, [os.environ.get("PGPASSWORD")])]
    files = [path for path in role_shop.root.rglob("*") if path.is_file()]
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


def test_personal_data_stays_out_of_mart_exports_and_logs(role_shop: RoleShop) -> None:
    assert query(
        f"select count(*) from production.customers where email = '{PLANTED['email']}'"
    ) == [(1,)]
    contact = [value.encode() for key, value in PLANTED.items() if key != "name"]
    told = [*(role_shop.root / "exports").iterdir(), *(role_shop.root / "logs").iterdir()]
    assert len(told) > 10
    for path in told:
        assert not [value for value in contact if value in path.read_bytes()], path
    for (table,) in query(
        "select table_name from information_schema.tables where table_schema = 'mart'"
    ):
        text = query(f"select coalesce(string_agg(t::text, ' '), '') from mart.{table} as t")[0][0]
        assert not [value for value in contact if value.decode() in text], table


def test_wrong_password_is_refused_unless_the_system_says_who_we_are(
    role_shop: RoleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(password_variable(LOADER), "not this one, certainly")
    settings = Settings(root=role_shop.root)
    if os.environ["PGHOST"].startswith("/"):  # a socket of the embedded server, which asks for none
        with closing(server.connect(settings)) as connection, connection.cursor() as cursor:
            cursor.execute("select current_user")
            assert cursor.fetchone() == (role_name(LOADER),)
        return
    with pytest.raises(LoaderError, match=f"as user {role_name(LOADER)}") as caught:
        server.connect(settings)
    assert "certainly" not in str(caught.value)


def test_short_password_is_refused(role_shop: RoleShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(password_variable(BI), "short")
    with pytest.raises(LoaderError, match="SHOP_BI_PASSWORD is shorter than 12 characters"):
        set_up_roles(Settings(root=role_shop.root))


def test_batch_is_taken_back_and_tables_of_dbt_are_emptied_by_dbts_role_alone(
    role_shop: RoleShop, tmp_path: Path
) -> None:
    layers = ("production", "quarantine", "snapshots", "mart")
    before = fingerprint(*layers)
    with closing(session(role_shop, TRANSFORMER)) as transformer, transformer:
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
    assert revert_batch(Settings(root=role_shop.root), lambda _: None).newest == date(2025, 3, 1)
    assert fingerprint(*layers) == before
    assert query("select name from mart_build.emptied_by") == [(role_name(TRANSFORMER),)]


def test_roles_are_made_while_bi_reads_in_an_open_transaction(
    role_shop: RoleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_ROLES")
    with closing(session(role_shop, BI)) as reader:
        reader.cursor().execute("select count(*) from mart.fct_sales")
        set_up_roles(Settings(root=role_shop.root))


def test_table_that_has_to_change_hands_and_is_read_is_not_waited_for(
    role_shop: RoleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_ROLES")
    monkeypatch.setattr("loader.database.roles.LOCK_TIMEOUT", "100ms")
    execute("alter table mart.dim_dates owner to current_user")
    with closing(session(role_shop, BI)) as reader:
        reader.cursor().execute("select count(*) from mart.dim_dates")
        process = reader.info.backend_pid
        reason = f"in open transactions .*{process} of user {role_name(BI)}"
        with pytest.raises(LoaderError, match=reason):
            set_up_roles(Settings(root=role_shop.root))
    set_up_roles(Settings(root=role_shop.root))


def test_what_others_made_in_our_schemas_stays_theirs(
    role_shop: RoleShop, monkeypatch: pytest.MonkeyPatch
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
    set_up_roles(Settings(root=role_shop.root))
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


def test_temporary_files_of_bi_are_limited(role_shop: RoleShop) -> None:
    with closing(session(role_shop, BI)) as connection, connection.cursor() as cursor:
        cursor.execute("show temp_file_limit")
        assert cursor.fetchone() == ("512MB",)


def test_bi_can_change_the_password_it_shares_and_roles_set_it_back(
    role_shop: RoleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = f"select rolpassword from pg_authid where rolname = '{role_name(BI)}'"
    before = query(verifier)
    with closing(session(role_shop, BI)) as connection, connection:
        connection.cursor().execute("set transaction read write")
        connection.cursor().execute(
            sql.SQL("alter role {} password 'of my own'").format(sql.Identifier(role_name(BI)))
        )
    assert query(verifier) != before
    monkeypatch.delenv("SHOP_ROLES")
    set_up_roles(Settings(root=role_shop.root))
    session(role_shop, BI).close()
