"""The server in use: sessions of its database, and how it is started, stopped and shown."""

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
    login,
    role_name,
    with_fresh_password,
)
from loader.database.embedded.cluster import SUPERUSER, Cluster
from loader.database.errors import is_transient
from loader.database.libpq import (
    CONNECT_TIMEOUT,
    DATABASE,
    environment_of,
    forget_libpq_variables,
    is_embedded,
    parameters_of,
)
from loader.database.profile import write_profile
from loader.database.session_checks import refuse_transaction_pooling, secure
from loader.errors import LoaderError, TransientError
from loader.password import fresh_password

START_ATTEMPTS = 5
USED: set[Path] = set()  # folders of embedded servers that this process was connected to


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
        refuse_transaction_pooling(opened, lambda: _connect(parameters))
        secure(opened, is_step=role is not None)
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


@contextmanager
def transaction(settings: Settings, role: str | None = LOADER) -> Iterator[cursor]:
    """Yield a cursor of a session of its own, whose changes are committed in the end, or none."""
    with closing(connect(settings, role)) as opened, opened, opened.cursor() as writing:
        yield writing


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
