"""Which PostgreSQL is worked with, and how to reach it.

Where PGHOST is set, PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE name the server as they do
for every program of PostgreSQL's, and nothing embedded is changed. Where it is not set, the server
is the embedded one in the shop's folder, started when needed, and every variable of libpq's, as
PGPORT, PGSERVICE or PGOPTIONS, is ignored, by this process and by those that it starts.

Where roles own the tables, sessions of the loader and of administrators read tables and nothing
that an owner could have put in their place: a view's functions run with the reader's rights.
"""

import json
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

from loader.atomic import write_text
from loader.config.settings import REPOSITORY, Settings
from loader.database.credentials import LOADER, are_roles_in_use, login
from loader.database.embedded.cluster import SUPERUSER, Cluster
from loader.database.embedded.sockets import PORT
from loader.database.errors import is_transient
from loader.database.fetch import statements
from loader.errors import LoaderError, TransientError

SQL = statements(Path(__file__).with_suffix(".sql"))

DATABASE = "shop"
CONNECT_TIMEOUT = 10  # seconds
START_ATTEMPTS = 5

# The password is read from the environment when dbt connects and stands in no file.
PROFILE = """\
# Written by the loader for this machine. PGHOST wins; the other PG* variables count only beside it.
shop:
  target: postgres
  outputs:
    postgres:
      type: postgres
      host: '{{{{ env_var("PGHOST", "") or {socket_dir} }}}}'
      port: '{{{{ (env_var("PGHOST", "") and env_var("PGPORT", "") or "{port}") | as_number }}}}'
      user: '{{{{ env_var("PGHOST", "") and env_var("PGUSER", "") or "{user}" }}}}'
      password: '{{{{ env_var("PGPASSWORD", "") }}}}'
      dbname: '{{{{ env_var("PGHOST", "") and env_var("PGDATABASE", "") or "{database}" }}}}'
      schema: mart_build
      threads: '{{{{ env_var("DBT_THREADS", "4") | as_number }}}}'
      connect_timeout: {timeout}
"""


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
    if _is_embedded():
        _forget_libpq_variables()
        _start_embedded(settings)
    write_profile(settings)
    return _parameters(settings)


def connect(settings: Settings, role: str | None = LOADER) -> connection:
    """Return a new connection to the shop's database, as a role where roles are in use.

    Without a role it is an administrator's, who must not touch rows of tables that dbt made.

    Raises:
        LoaderError: the server cannot be reached, or it refuses, or the database's tables belong
            to roles and the environment does not say that they are in use.
    """
    opened = _connect(connection_parameters(settings) | login(role))
    try:
        _secure(opened, is_step=role is not None)
    except BaseException:
        opened.close()
        raise
    return opened


@contextmanager
def snapshot(settings: Settings, role: str | None = LOADER) -> Iterator[cursor]:
    """Yield a cursor that reads the database as of one moment."""
    with closing(connect(settings, role)) as opened:
        opened.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        with opened, opened.cursor() as reading:
            yield reading


def dbt_environment(settings: Settings) -> dict[str, str]:
    """Return the variables that lead dbt, psql and other programs to the same database."""
    parameters = connection_parameters(settings)
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGDATABASE": "dbname"}
    found = {variable: str(parameters[name]) for variable, name in names.items()}
    return found | {"PGCLIENTENCODING": "UTF8"}


@contextmanager
def libpq_variables_removed() -> Iterator[None]:
    """Let no variable of libpq's reach a server that is made for the block."""
    removed = {name: os.environ[name] for name in _libpq_variables()}
    _forget_libpq_variables()
    try:
        yield
    finally:
        os.environ.update(removed)


def start(settings: Settings) -> ServerStatus:
    """Start the server in use unless it runs, check that it answers, and return its status.

    Raises:
        LoaderError: it cannot be started or reached.
    """
    connect(settings).close()
    return status(settings)


def stop(settings: Settings) -> bool:
    """Stop the embedded server, ending its sessions, and tell whether it was running.

    Raises:
        LoaderError: the server in use is not the embedded one, or it does not stop.
    """
    if not _is_embedded():
        raise LoaderError("PGHOST names a server that was not started here: stop it where it runs")
    return Cluster(settings.server_dir).stop()


def status(settings: Settings) -> ServerStatus:
    """Return what is known of the server in use, without starting it."""
    parameters = _parameters(settings)
    version = None
    if _is_embedded():
        _forget_libpq_variables()
    if not _is_embedded() or Cluster(settings.server_dir).postmaster():
        version = _version(parameters)
    return ServerStatus(
        is_embedded=_is_embedded(),
        is_running=version is not None,
        version=version,
        host=str(parameters["host"]),
        port=str(parameters["port"]),
        user=str(parameters["user"]),
        database=str(parameters["dbname"]),
    )


def psql(settings: Settings, arguments: Sequence[str] = ()) -> NoReturn:
    """Become psql, connected to the shop's database."""
    server = dbt_environment(settings)  # first: it may take variables out of the environment
    environment = {"PGOPTIONS": "-c search_path=mart"} | os.environ | server
    own = str(Cluster(settings.server_dir).program("psql"))
    # The machine's own psql may have what a server elsewhere asks for, such as TLS.
    program = own if _is_embedded() else shutil.which("psql") or own
    os.execve(program, ["psql", *arguments], environment)  # noqa: S606  (no shell wanted)


def write_profile(settings: Settings) -> Path:
    """Write the profile by which dbt, typed in its folder, finds the server; return its path."""
    path = settings.dbt_dir / "profiles.yml"
    if not os.access(settings.dbt_dir, os.W_OK):
        return path  # somebody else's checkout
    text = PROFILE.format(
        socket_dir=_quoted(Cluster(Settings(root=REPOSITORY).server_dir).socket_dir),
        port=PORT,
        user=SUPERUSER,
        database=DATABASE,
        timeout=CONNECT_TIMEOUT,
    )
    if not path.exists() or path.read_text() != text:
        write_text(path, text)
    return path


def _quoted(path: Path) -> str:
    """Return a path as text for Jinja that stands between single quotes in YAML."""
    return json.dumps(str(path), ensure_ascii=False).replace("'", "''")


def _is_embedded() -> bool:
    return not os.environ.get("PGHOST")


def _libpq_variables() -> list[str]:
    return [name for name in os.environ if name.startswith("PG")]


def _forget_libpq_variables() -> None:
    """Take libpq's variables out of the environment: it asks there itself, and so do programs."""
    for name in _libpq_variables():
        del os.environ[name]


def _parameters(settings: Settings) -> dict[str, str | int]:
    if _is_embedded():
        host = str(Cluster(settings.server_dir).socket_dir)
        return {"host": host, "port": PORT, "user": SUPERUSER, "dbname": DATABASE}
    return {
        "host": os.environ["PGHOST"],
        "port": os.environ.get("PGPORT") or PORT,
        "user": os.environ.get("PGUSER") or SUPERUSER,
        "dbname": os.environ.get("PGDATABASE") or DATABASE,
    }


def _connect(parameters: Mapping[str, str | int]) -> connection:
    options = {
        "application_name": "loader",
        "connect_timeout": os.environ.get("PGCONNECT_TIMEOUT") or CONNECT_TIMEOUT,
        "client_encoding": "UTF8",
    }
    try:
        return open_session({**options, **parameters})
    except psycopg2.OperationalError as error:
        reason = str(error).strip().partition("\n")[0].rpartition("failed: ")[2]
        target = "database {dbname} on host {host}, port {port}, as user {user}"
        kind = TransientError if is_transient(error) else LoaderError
        raise kind(
            f"cannot connect to {target.format_map(parameters)} ({reason}): check that the server "
            "runs and what PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE say; "
            "without PGHOST the embedded server is used, with SHOP_ROLES the roles' own passwords"
        ) from error


def open_session(parameters: Mapping[str, str | int]) -> connection:
    """Return a connection by psycopg2's parameters, and nothing else."""
    return psycopg2.connect(None, None, None, **parameters)


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
    """Start the embedded server and see that it answers and has the shop's database."""
    cluster = Cluster(settings.server_dir)
    for attempt in range(1, START_ATTEMPTS + 1):
        cluster.start()
        try:
            _ensure_database(settings)
        except LoaderError:
            # A server killed a moment ago may still look alive.
            if attempt == START_ATTEMPTS:
                raise
            time.sleep(0.2)
        else:
            return


def _ensure_database(settings: Settings) -> None:
    maintenance = _connect(_parameters(settings) | {"dbname": SUPERUSER})
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
