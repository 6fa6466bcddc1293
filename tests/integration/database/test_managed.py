"""A managed PostgreSQL: TLS, passwords that expire, an owner without more rights, and pools."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from factories.days import (
    a_customer,
    a_product,
    a_transaction,
    an_item,
    loader,
    run_well,
    write_batch,
)
from factories.managed_servers import (
    ADMIN,
    DATABASE,
    OWNER,
    PASSWORD,
    REPLICA,
    ManagedServer,
    free_port,
    given_away,
)
from factories.servers import query
from loader.backup.create import create
from loader.backup.restore import restore
from loader.config.settings import REPOSITORY, Settings
from loader.database import server
from loader.database.fetch import Row, fetch_row
from loader.database.roles import set_up_roles
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.export import relations
from loader.export.relations import snapshot


@pytest.fixture
def managed(
    managed_server: ManagedServer,
    tls_programs: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    """Return settings of a shop whose server is the managed one, and its owner the user."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)
    for name, value in managed_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", str(tls_programs), prepend=os.pathsep)
    return settings


@pytest.fixture
def by_password(
    managed_server: ManagedServer,
    managed: Settings,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    managed_server.administer(f"alter role {OWNER} password '{PASSWORD}'")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)


@pytest.mark.usefixtures("own_dbt_target")
def test_owner_of_a_database_runs_a_day_with_another_password_for_every_connection(
    managed_server: ManagedServer, managed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD_COMMAND", str(managed_server.command))
    monkeypatch.setenv("DBT_THREADS", "1")  # with more, one connection's password ends another's
    batch = write_batch(
        managed.root / "batch",
        customers=[a_customer(1)],
        products=[a_product(1)],
        transactions=[a_transaction(1, "2025-03-01")],
        transaction_items=[an_item(1, 1)],
    )
    run_well("2025-03-01", batch, "load", "build", "export")

    assert query(
        managed, "select count(*), bool_and(current_user = session_user) from mart.fct_sales"
    ) == [(1, True)]
    assert query(managed, "select usesuper or usecreatedb from pg_user where usename = user") == [
        (False,)
    ]
    printed = managed_server.printed()
    assert {user for user, _ in printed} == {OWNER}
    assert len(printed) > 100  # dbt connects for each node
    for path in (path for path in managed.root.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert not [path for _, password in printed if password.encode() in content]

    roles = loader("roles")
    assert (roles.returncode, roles.stderr.count("\n")) == (1, 1)
    assert "no role was changed: permission denied" in roles.stderr

    backup = create(managed, managed.backups_dir, keep=1)
    for user in (OWNER, ADMIN):
        managed_server.administer(f"create database of_{user} owner {user}")
        monkeypatch.setenv("PGUSER", user)
        monkeypatch.setenv("PGDATABASE", f"of_{user}")
        restore(managed, managed.backups_dir, backup)
        assert query(managed, "select count(*) from mart.fct_sales") == [(1,)]


def test_administrator_who_is_no_superuser_makes_roles_and_the_command_knows_each(
    managed_server: ManagedServer, managed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    managed_server.administer(f"create database with_roles owner {ADMIN}")
    monkeypatch.setenv("SHOP_PASSWORD_COMMAND", str(managed_server.command))
    monkeypatch.setenv("PGUSER", ADMIN)
    monkeypatch.setenv("PGDATABASE", "with_roles")

    warnings = set_up_roles(managed).warnings

    assert [warning.rpartition(": ")[2] for warning in warnings] == [
        "only a superuser can close them",
        "only a superuser can limit them",
    ]
    monkeypatch.setenv("SHOP_ROLES", "1")
    monkeypatch.setenv("SHOP_LOADER_PASSWORD", "the command comes first")
    assert query(managed, "select session_user::text") == [("shop_loader",)]
    assert managed_server.printed()[-1][0] == "shop_loader"


@pytest.mark.usefixtures("by_password")
def test_server_is_known_by_its_own_authority_to_every_program(managed: Settings) -> None:
    assert query(managed, "select ssl from pg_stat_ssl where pid = pg_backend_pid()") == [(True,)]
    asked = loader("server", "psql", "--tuples-only", "--command", "show ssl")
    assert (asked.stdout.strip(), asked.stderr) == ("on", "")


@pytest.mark.usefixtures("by_password", "own_dbt_target")
def test_server_of_another_authority_is_refused(
    managed_server: ManagedServer, managed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLROOTCERT", str(managed_server.folder / "other_ca.crt"))
    with pytest.raises(LoaderError, match=r"certificate verify failed.*PGSSLMODE"):
        server.connect(managed)
    done = loader("server", "psql", "--command", "select 1")
    assert "certificate verify failed" in done.stderr
    assert "certificate verify failed" in dbt_connection()


@pytest.mark.usefixtures("by_password")
def test_backup_over_tls_says_which_programs_it_needs(
    managed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        LoaderError, match="TLS, which the pg_dump that comes with the loader lacks"
    ):
        create(managed, managed.backups_dir, keep=1)


@pytest.mark.usefixtures("by_password")
def test_server_without_tls_is_refused(managed_server: ManagedServer, managed: Settings) -> None:
    managed_server.administer("alter system set ssl = off", "select pg_reload_conf()")
    try:
        reason = "server does not support SSL, but SSL was required.*PGSSLMODE"
        with pytest.raises(LoaderError, match=reason):
            server.connect(managed)
    finally:
        managed_server.administer("alter system set ssl = on", "select pg_reload_conf()")


def wait_for(port: int) -> None:
    for _ in range(100):
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    pytest.fail(f"nothing listens on port {port}")


PUBLISH = "insert into ops.publications (logical_date, published_at) values ('2025-03-01', now())"
WHERE = "select pg_is_in_recovery(), (select max(publication_id) from ops.publications)"


def read(settings: Settings) -> tuple[Row, Row]:
    """Return what an export sees, and what it sees on its connection beside."""
    with snapshot(settings) as cursor, snapshot(settings, cursor) as beside:
        cursor.execute(WHERE)
        beside.execute(WHERE)
        return fetch_row(cursor), fetch_row(beside)


@pytest.mark.usefixtures("by_password")
def test_replica_is_read_when_it_has_what_was_published_and_else_the_primary(
    managed_server: ManagedServer,
    replica: Path,
    managed: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    managed_server.administer(f"create database published owner {OWNER}")
    monkeypatch.setenv("PGDATABASE", "published")
    reading = managed.model_copy(update={"read_host": REPLICA})
    with closing(server.connect(managed)) as connection:
        ensure_schema(connection)
        with connection, connection.cursor() as cursor:
            cursor.execute(PUBLISH)
        assert read(managed) == ((False, 1), (False, 1))
        assert read(reading) == ((True, 1), (True, 1))

        managed_server.administer("select pg_wal_replay_pause()", folder=replica)
        monkeypatch.setattr(relations, "READ_WAIT", 0)
        with connection, connection.cursor() as cursor:
            cursor.execute(PUBLISH)
        assert read(reading) == ((False, 2), (False, 2))
        assert "127.0.0.2 has not received publication 2 within 0 s" in capfd.readouterr().err

        managed_server.administer("select pg_wal_replay_resume()", folder=replica)
        monkeypatch.setattr(relations, "READ_WAIT", 30)
        assert read(reading) == ((True, 2), (True, 2))
    monkeypatch.setattr(relations, "READ_WAIT", 0)
    unreachable = managed.model_copy(update={"read_host": "127.0.0.3"})
    assert read(unreachable) == ((False, 2), (False, 2))
    assert "127.0.0.3 cannot be read" in capfd.readouterr().err


def dbt_connection() -> str:
    """Return what dbt, typed by hand, says of its connection."""
    command = [sys.executable, "-m", "loader.dbt", "debug", "--connection"]
    folder = REPOSITORY / "dbt_project"
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False).stdout


Pool = Callable[[str], int]


@pytest.fixture
def pool(managed_server: ManagedServer, pgbouncer: str) -> Iterator[Pool]:
    """Yield a function that starts a pool of a mode before the server, and returns its port."""
    started: list[subprocess.Popen[bytes]] = []

    def start(mode: str) -> int:
        port = free_port()
        users = managed_server.folder / "users.txt"
        users.write_text(f'"{OWNER}" "{PASSWORD}"\n')
        configuration = managed_server.folder / f"{mode}.ini"
        configuration.write_text(
            "[databases]\n"
            f"{DATABASE} = host=127.0.0.1 port={managed_server.port}\n"
            "[pgbouncer]\n"
            f"pool_mode = {mode}\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
            f"unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {users}\n"
        )
        user = given_away(managed_server.folder)
        command = [pgbouncer, "--quiet", str(configuration)]
        started.append(subprocess.Popen(command, user=user, group=user))
        wait_for(port)
        return port

    yield start
    for process in started:
        process.terminate()
        process.wait()


@pytest.mark.usefixtures("by_password")
@pytest.mark.parametrize("mode", ["session", "transaction", "statement"])
def test_only_a_pool_of_sessions_is_taken(
    managed: Settings, pool: Pool, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    port = pool(mode)
    monkeypatch.setenv("PGPORT", str(port))
    monkeypatch.setenv("PGSSLMODE", "disable")
    if mode == "session":
        with closing(server.connect(managed)), closing(server.connect(managed)):
            assert query(managed, "select 1") == [(1,)]
        return
    with pytest.raises(LoaderError, match="gives each transaction another session: let it pool"):
        server.connect(managed)
