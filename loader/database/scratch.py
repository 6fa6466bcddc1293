"""A server of its own for a copy of the shop's database."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
from psycopg2 import sql

from loader.database import server
from loader.database.embedded.cluster import SUPERUSER, Cluster
from loader.database.embedded.sockets import PORT
from loader.database.libpq import DATABASE, libpq_variables_removed

PREFIX = "shop-scratch-"  # the number of the process and a random part follow
SERVER = ".postgres"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a folder for its owner's eyes that is gone afterwards, with the server in it.

    What a killed process left of its own is removed first.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = left.name.removeprefix(PREFIX).partition("-")[0]
        is_ours = pid.isdigit() and left.stat().st_uid == os.getuid()
        if is_ours and not psutil.pid_exists(int(pid)):
            _remove(left)
    root = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    try:
        yield root
    finally:
        _remove(root)


def _remove(folder: Path) -> None:
    if (folder / SERVER).exists():
        Cluster(folder / SERVER).stop()
    shutil.rmtree(folder)


@contextmanager
def scratch_server(version: str) -> Iterator[dict[str, str | int]]:
    """Yield psycopg2's parameters of an embedded server with an empty database, gone afterwards.

    The database's owner is no superuser: what a copy holds, as checks and indexes that call
    functions, runs while it is restored, and a superuser could start programs here.
    """
    with scratch_folder() as root, libpq_variables_removed():
        running = Cluster(root / SERVER, version).start()
        host = str(running.socket_dir)
        parameters: dict[str, str | int] = {"host": host, "port": PORT, "user": SUPERUSER}
        with closing(server.open_session({**parameters, "dbname": SUPERUSER})) as connection:
            connection.autocommit = True
            for statement in ("create role {} login", "create database {0} owner {0}"):
                named = sql.SQL(statement).format(sql.Identifier(DATABASE))
                connection.cursor().execute(named)
        yield parameters | {"user": DATABASE, "dbname": DATABASE}
