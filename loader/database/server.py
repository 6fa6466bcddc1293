"""The server in use: sessions of its database, and how it is started, stopped and shown.

Where roles own the tables, sessions of the loader and of administrators read tables and nothing
that an owner could have put in their place: a view's functions run with the reader's rights.
"""

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import psycopg2
from psycopg2 import errors, sql
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ, connection, cursor

from loader.config.settings import Settings
from loader.database.credentials import (
    BI,
    LOADER,
    are_roles_in_use,
    login,
    role_name,
    with_fresh_password,
)
from loader.database.embedded.cluster import SUPERUSER, Cluster
from loader.database.errors import is_transient
from loader.database.fetch import fetch_value, statements
from loader.database.libpq import (
    CONNECT_TIMEOUT,
    DATABASE,
    environment_of,
    forget_libpq_variables,
    is_embedded,
    parameters_of,
)
from loader.database.profile import write_profile
from loader.errors import LoaderError, TransientError
from loader.password import fresh_password

SQL = statements(Path(__file__).with_suffix(".sql"))

START_ATTEMPTS = 5
USED: set[Path] = set()  # folders of embedded servers that this process was connected to
POOL_ROUNDS = 4  # transactions of each of two sessions


@dataclass(frozen=True)
class ServerStatus:
    """Describe the server in use; `version` is None where it does not answer."""

    is_embedded: bool
    is_running: bool
    version: str | None
    host: str
    port: str
    user: str
    database: str


def connection_parameters(settings: Settings) -> dict[str, str | int]:
    """Return psycopg2's parameters for the shop's database, without a password.

    Start the embedded server when it is the one in use, and write dbt's profile.

    Raises:
        LoaderError: the embedded server cannot be started.
    """
    if is_embedded():
        forget_libpq_variables()
        _start_embedded(settings)
    write_profile(settings)
    return parameters_of(settings)


def connect(settings: Settings, role: str | None = LOADER, host: str | None = None) -> connection:
    """Return a new connection to the shop's database, as a role where roles are in use.

    Without a role it is an administrator's, who must not touch rows of tables that dbt made.
    `host` is a replica's.

    Raises:
        LoaderError: the server cannot be reached, or it refuses, or the database's tables belong
            to roles and the environment does not say that they are in use.
    """
    parameters = connection_parameters(settings) | login(role)
    parameters |= {"host": host} if host else {}
    opened = _connect(parameters)
    try:
        _refuse_transaction_pooling(opened, parameters)
        _secure(opened, is_step=role is not None)
    except BaseException:
        opened.close()
        raise
    return opened


@contextmanager
def snapshot(
    settings: Settings, role: str | None = LOADER, host: str | None = None
) -> Iterator[cursor]:
    """Yield a cursor that reads the database, or a replica, as of one moment."""
    with closing(connect(settings, role, host)) as opened:
        opened.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        with opened, opened.cursor() as reading:
            yield reading


def dbt_environment(settings: Settings) -> dict[str, str]:
    """Return the variables that lead dbt to the same database; it fetches passwords itself."""
    return environment_of(connection_parameters(settings)) | {"PGCLIENTENCODING": "UTF8"}


def program_environment(settings: Settings) -> dict[str, str]:
    """Return the variables by which a program of PostgreSQL's connects, as an administrator."""
    found = dbt_environment(settings)
    password = fresh_password(found["PGHOST"], found["PGUSER"])
    return found | ({"PGPASSWORD": password} if password else {})


def start(settings: Settings) -> ServerStatus:
    """Start the server in use unless it runs, check that it answers, and return its status.

    Raises:
        LoaderError: it cannot be started or reached.
    """
    connect(settings).close()
    return status(settings)


def stop(settings: Settings) -> bool:
    """Stop the embedded server, ending its sessions, and return whether it was running.

    Raises:
        LoaderError: the server in use is not the embedded one, or it does not stop.
    """
    if not is_embedded():
        raise LoaderError("PGHOST names a server that was not started here: stop it where it runs")
    return Cluster(settings.server_dir).stop()


def status(settings: Settings) -> ServerStatus:
    """Return what is known of the server in use, without starting it."""
    parameters = parameters_of(settings)
    version = None
    if is_embedded():
        forget_libpq_variables()
    if not is_embedded() or Cluster(settings.server_dir).postmaster():
        version = _version(parameters)
    return ServerStatus(
        is_embedded=is_embedded(),
        is_running=version is not None,
        version=version,
        host=str(parameters["host"]),
        port=str(parameters["port"]),
        user=str(parameters["user"]),
        database=str(parameters["dbname"]),
    )


def psql(settings: Settings, arguments: Sequence[str] = ()) -> NoReturn:
    """Become psql, connected to the shop's database."""
    server = program_environment(settings)  # first: it may take variables out of the environment
    environment = {"PGOPTIONS": "-c search_path=mart"} | os.environ | server
    own = str(Cluster(settings.server_dir).program("psql"))
    # The machine's own psql may have what a server elsewhere asks for, such as TLS.
    program = own if is_embedded() else shutil.which("psql") or own
    os.execve(program, ["psql", *arguments], environment)  # noqa: S606  (no shell wanted)


def execute(settings: Settings, program: Sequence[str], folder: Path) -> NoReturn:
    """Become a program that works in a folder and finds the shop's database by libpq's variables.

    Raises:
        LoaderError: the server cannot be started or reached, or there is no such program.
    """
    start(settings)
    environment = os.environ | program_environment(settings)
    found = shutil.which(program[0])
    if found is None:
        raise LoaderError(f"there is no program {program[0]}")
    found = os.path.abspath(found)  # noqa: PTH100 (an environment's Python is a link, to stay one)
    os.chdir(folder)
    os.execve(found, [found, *program[1:]], environment)  # noqa: S606  (no shell wanted)


def _connect(parameters: Mapping[str, str | int]) -> connection:
    options = {
        "application_name": "loader",
        "connect_timeout": os.environ.get("PGCONNECT_TIMEOUT") or CONNECT_TIMEOUT,
        "client_encoding": "UTF8",
    }
    try:
        return open_session({**options, **with_fresh_password(parameters)})
    except psycopg2.OperationalError as error:
        reason = str(error).strip().partition("\n")[0].rpartition("failed: ")[2]
        target = "database {dbname} on host {host}, port {port}, as user {user}"
        kind = TransientError if is_transient(error) else LoaderError
        raise kind(
            f"cannot connect to {target.format_map(parameters)} ({reason}): check that the server "
            "runs and what PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE and PGSSLMODE say; "
            "without PGHOST the embedded server is used, with SHOP_ROLES the roles' own passwords"
        ) from error


def open_session(parameters: Mapping[str, str | int]) -> connection:
    """Return a connection by psycopg2's parameters, and nothing else."""
    return psycopg2.connect(None, None, None, **parameters)


def _refuse_transaction_pooling(opened: connection, parameters: Mapping[str, str | int]) -> None:
    """Raise where a pool between here and the server gives each transaction another session.

    Locks and settings of a session would be lost there, or given to somebody else. A pool hides the
    process that serves a session. In one that pools sessions this is always the same process, and
    it serves nobody else meanwhile.

    Raises:
        LoaderError: says how to set the pool.
    """
    if _process_of_transaction(opened) == opened.info.backend_pid:
        return
    with closing(_connect(parameters)) as other:
        rounds = {tuple(map(_process_of_transaction, (opened, other))) for _ in range(POOL_ROUNDS)}
    if len(rounds) > 1 or len(set(*rounds)) == 1:
        raise LoaderError(
            "between here and the server a pool of connections gives each transaction another "
            "session: let it pool sessions (PgBouncer: pool_mode = session), or connect to the "
            "server itself"
        )


def _process_of_transaction(opened: connection) -> int:
    opened.autocommit = True
    with opened.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        process = fetch_value(cursor, int)
    opened.autocommit = False
    return process


def _secure(opened: connection, *, is_step: bool) -> None:
    """Let a session run nothing that the owner of a table with fewer rights has put there.

    Raises:
        LoaderError: it would write to such tables.
    """
    with opened, opened.cursor() as cursor:
        if not is_step or are_roles_in_use():
            cursor.execute(SQL["read_tables_only"])
            return
        cursor.execute(SQL["owner_with_fewer_rights"])
        row = cursor.fetchone()
    if row:
        raise LoaderError(
            f"the tables of this database belong to {row[0]} and the roles beside it, and user "
            f"{opened.info.user} has more rights than these: set SHOP_ROLES=1, so that each step "
            "works as the role that owns its tables (docs/security.md)"
        )


def _start_embedded(settings: Settings) -> None:
    """Start the embedded server and see that it answers and has the shop's database.

    Raises:
        LoaderError: it cannot be started or reached, or this process used one that is gone.
    """
    reader = role_name(BI) if settings.server_tcp else None
    cluster = Cluster(settings.server_dir, reader=reader)
    if settings.server_dir in USED and not cluster.data_dir.exists():
        raise LoaderError(
            f"{settings.server_dir} was removed while its server was in use: restore a backup, or "
            "begin anew with the next command"
        )
    for attempt in range(1, START_ATTEMPTS + 1):
        cluster.start()
        try:
            _ensure_database(settings)
        except LoaderError:
            # A server killed a moment ago may still look alive.
            if attempt == START_ATTEMPTS:
                cluster.assert_has_socket()
                raise
            time.sleep(0.2)
        else:
            USED.add(settings.server_dir)
            return


def _ensure_database(settings: Settings) -> None:
    maintenance = _connect(parameters_of(settings) | {"dbname": SUPERUSER})
    maintenance.autocommit = True
    try:
        with maintenance.cursor() as cursor:
            cursor.execute("select from pg_database where datname = %s", [DATABASE])
            if not cursor.rowcount:
                cursor.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
    except (errors.DuplicateDatabase, errors.UniqueViolation):
        pass  # another process was faster
    finally:
        maintenance.close()


def _version(parameters: dict[str, str | int]) -> str | None:
    try:
        database = _connect(parameters)
    except LoaderError:
        return None
    version = database.info.parameter_status("server_version")
    database.close()
    return version
