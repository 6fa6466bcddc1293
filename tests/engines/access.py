"""Knock at the doors of a cluster without its secret, as another user of the machine could."""

import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import psutil
from pyhive import hive
from thrift.transport.TTransport import TTransportException

from loader.config.settings import Settings
from loader.spark import cluster
from loader.spark.configuration import password
from loader.spark.java import spark_home

CLIENT = ("org.apache.spark.deploy.Client", "kill")
UNREADABLE = 0o077


def open_doors(settings: Settings) -> list[str]:
    """Return a line for each way in that needs no secret, and one when the secret opens none."""
    secret = password(settings)
    shown = {
        "the right password": not _is_let_in(settings, "CUSTOM", secret),
        "a wrong password": _is_let_in(settings, "CUSTOM", secret[::-1]),
        "no password": _is_let_in(settings, "NONE", None),
        "no SASL": _is_let_in(settings, "NOSASL", None),
        "an application without secret": not _is_refused_by_master(settings),
        "pages": any(_has_pages(port) for port in _ports(settings)),
        "command lines": any(secret in " ".join(one.cmdline()) for one in _processes(settings)),
        "files": any(_is_readable(path) for path in (settings.spark_dir, *_logs(settings))),
        "logs": any(secret in path.read_text() for path in _logs(settings)),
    }
    return [f"access: {way} is not as it should be" for way, is_wrong in shown.items() if is_wrong]


def connect(settings: Settings, auth: str, secret: str | None) -> hive.Connection:
    """Return a connection to the Thrift server."""
    return hive.connect(
        host=settings.spark_host,
        port=settings.spark_port,
        auth=auth,
        username=settings.spark_user,
        password=secret,
    )


def _is_let_in(settings: Settings, auth: str, secret: str | None) -> bool:
    try:
        with closing(connect(settings, auth, secret)):
            return True
    except (TTransportException, EOFError, OSError):
        return False


def _is_refused_by_master(settings: Settings) -> bool:
    """Return whether the master wants to authenticate a program that asks for something."""
    with TemporaryDirectory() as empty:
        master = f"spark://{cluster.LOOPBACK}:{settings.spark_port + 1}"
        done = subprocess.run(
            [spark_home() / "bin" / "spark-class", *CLIENT, master, "driver-0"],
            env=os.environ | {"SPARK_CONF_DIR": empty},
            capture_output=True,
            text=True,
            check=False,
        )
    return "Expected SaslMessage" in done.stderr


def _processes(settings: Settings) -> Iterator[psutil.Process]:
    """Yield the processes of the cluster: its parts, and the executors that workers started."""
    for part in cluster.status(settings):
        process = psutil.Process(part.pid)
        for one in (process, *process.children(recursive=True)):
            if one.status() != psutil.STATUS_ZOMBIE:
                yield one


def _ports(settings: Settings) -> Iterator[int]:
    for process in _processes(settings):
        for found in process.net_connections("tcp"):
            if found.status == psutil.CONN_LISTEN:
                yield found.laddr.port


def _has_pages(port: int) -> bool:
    try:
        with urlopen(f"http://{cluster.LOOPBACK}:{port}/", timeout=2):
            return True
    except (HTTPException, OSError):
        return False


def _logs(settings: Settings) -> list[Path]:
    return [cluster.log_path(settings, part.name) for part in cluster.parts(settings)]


def _is_readable(path: Path) -> bool:
    """Return whether others than the owner can do anything with a file or a folder."""
    return bool(stat.S_IMODE(path.stat().st_mode) & UNREADABLE)
