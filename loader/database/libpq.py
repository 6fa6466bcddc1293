"""What libpq's variables say: which server is in use, and how to reach it.

Where PGHOST is set, PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE name the server as they do
for every program of PostgreSQL's, and nothing embedded is changed. Where it is not set, the server
is the embedded one in the shop's folder, started when needed, and every variable of libpq's, as
PGPORT, PGSERVICE or PGOPTIONS, is ignored, by this process and by those that it starts.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from loader.config.settings import Settings
from loader.database.embedded.cluster import SUPERUSER, Cluster
from loader.database.embedded.sockets import PORT

DATABASE = "shop"
CONNECT_TIMEOUT = 10  # seconds
# libpq's variables, and psycopg2's parameters of the same meaning.
VARIABLES = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGDATABASE": "dbname"}


def is_embedded() -> bool:
    """Return whether the server in use is the embedded one."""
    return not os.environ.get("PGHOST")


def is_tls_required() -> bool:
    """Return whether no server without TLS is taken."""
    return os.environ.get("PGSSLMODE") in ("require", "verify-ca", "verify-full")


def parameters_of(settings: Settings) -> dict[str, str | int]:
    """Return psycopg2's parameters for the server in use, without a password."""
    if is_embedded():
        host = str(Cluster(settings.server_dir).socket_dir)
        return {"host": host, "port": PORT, "user": SUPERUSER, "dbname": DATABASE}
    return {
        "host": os.environ["PGHOST"],
        "port": os.environ.get("PGPORT") or PORT,
        "user": os.environ.get("PGUSER") or SUPERUSER,
        "dbname": os.environ.get("PGDATABASE") or DATABASE,
    }


def environment_of(parameters: Mapping[str, str | int]) -> dict[str, str]:
    """Return the variables that lead programs to the server of psycopg2's parameters."""
    return {variable: str(parameters[name]) for variable, name in VARIABLES.items()}


def forget_libpq_variables() -> None:
    """Take libpq's variables out of the environment: it asks there itself, and so do programs."""
    for name in _libpq_variables():
        del os.environ[name]


@contextmanager
def libpq_variables_removed() -> Iterator[None]:
    """Let no variable of libpq's reach a server that is made for the block."""
    removed = {name: os.environ[name] for name in _libpq_variables()}
    forget_libpq_variables()
    try:
        yield
    finally:
        os.environ.update(removed)


def _libpq_variables() -> list[str]:
    return [name for name in os.environ if name.startswith("PG")]
