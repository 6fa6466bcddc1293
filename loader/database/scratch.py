"""A server of its own for a copy of the shop's database."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from psycopg2 import sql

from loader.database import server
from loader.database.embedded.cluster import SUPERUSER, Cluster
from loader.database.embedded.sockets import PORT
from loader.database.libpq import DATABASE, libpq_variables_removed


@contextmanager
def scratch_server(version: str) -> Iterator[dict[str, str | int]]:
    """Yield psycopg2's parameters of an embedded server with an empty database, gone afterwards.

    The database's owner is no superuser: what a copy holds, as checks and indexes that call
    functions, runs while it is restored, and a superuser could start programs here.
    """
    root = Path(tempfile.mkdtemp(prefix="shop-scratch-"))
    cluster = Cluster(root / ".postgres", version)
    try:
        with libpq_variables_removed():
            running = cluster.start()
            host = str(running.socket_dir)
            parameters: dict[str, str | int] = {"host": host, "port": PORT, "user": SUPERUSER}
            with closing(server.open_session({**parameters, "dbname": SUPERUSER})) as connection:
                connection.autocommit = True
                for statement in ("create role {} login", "create database {0} owner {0}"):
                    named = sql.SQL(statement).format(sql.Identifier(DATABASE))
                    connection.cursor().execute(named)
            yield parameters | {"user": DATABASE, "dbname": DATABASE}
    finally:
        cluster.stop()
        shutil.rmtree(root)
