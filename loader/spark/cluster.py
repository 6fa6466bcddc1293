"""A Spark cluster on this machine: a master, workers and a Thrift server, all on loopback.

Each part is a program of its own that outlives the command that started it. `start` starts what
does not run, so it also mends a cluster of which a part was killed.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.spark.configuration import classes_jar, temporary_dir, write_configuration
from loader.spark.java import java_home, spark_home, write_classes

LOOPBACK = "127.0.0.1"
DAEMON_MEGABYTES = 256
START_SECONDS = 120
STOP_SECONDS = 20
THRIFT_SERVER = "thrift-server"
THRIFT = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"


@dataclass(frozen=True)
class Part:
    """Name a part of the cluster, what starts it, and the port that answers once it is there."""

    name: str
    arguments: tuple[str, ...]
    port: int | None


@dataclass(frozen=True)
class PartStatus:
    """Say whether a part runs, as which process, and whether its port answers."""

    name: str
    pid: int | None
    answers: bool


def parts(settings: Settings) -> Iterator[Part]:
    """Yield the parts in the order in which they start."""
    port = settings.spark_port
    master = f"spark://{LOOPBACK}:{port + 1}"
    yield Part(
        "master",
        (
            "org.apache.spark.deploy.master.Master",
            *("--host", LOOPBACK, "--port", str(port + 1), "--webui-port", str(port + 2)),
        ),
        port + 1,
    )
    for number in range(1, settings.spark_workers + 1):
        yield Part(
            f"worker-{number}",
            (
                "org.apache.spark.deploy.worker.Worker",
                *("--host", LOOPBACK, "--webui-port", "0"),
                *("--cores", str(settings.spark_worker_cores)),
                *("--memory", f"{settings.spark_worker_memory}m"),
                *("--work-dir", str(settings.spark_dir / "work" / str(number)), master),
            ),
            None,
        )
    yield Part(
        THRIFT_SERVER,
        (
            "org.apache.spark.deploy.SparkSubmit",
            *("--master", master, "--class", THRIFT, "spark-internal"),
            *("--hiveconf", f"hive.server2.thrift.port={port}"),
            *("--hiveconf", f"hive.server2.thrift.bind.host={LOOPBACK}"),
            *("--hiveconf", "hive.server2.authentication=CUSTOM"),
            *("--hiveconf", "hive.server2.custom.authentication.class=shop.Access$Password"),
        ),
        port,
    )


def start(settings: Settings) -> list[str]:
    """Start the parts that do not run, and wait until they answer; return their names.

    Raises:
        LoaderError: Spark or Java is missing, or a part ends or does not answer; names its log.
    """
    environment = _environment(settings)
    started = []
    for part in parts(settings):
        if _process(settings, part.name) is None:
            own = {} if part.name == THRIFT_SERVER else _daemon_environment(settings)
            _launch(settings, part, environment | own)
            started.append(part.name)
        _wait_for(settings, part)
    return started


def stop(settings: Settings) -> list[str]:
    """Stop all parts, the last one first, and return the names of those that ran."""
    stopped = []
    for path in sorted(settings.spark_dir.glob("*.pid"), key=_order_to_stop):
        process = _process(settings, path.stem)
        if process is not None:
            _end(process)
            stopped.append(path.stem)
        path.unlink(missing_ok=True)
    shutil.rmtree(temporary_dir(settings), ignore_errors=True)  # what a killed part left
    return stopped


def status(settings: Settings) -> list[PartStatus]:
    """Return how each part is, in the order in which they start."""
    found = []
    for part in parts(settings):
        process = _process(settings, part.name)
        answers = process is not None and (part.port is None or _answers(part.port))
        found.append(PartStatus(part.name, process.pid if process else None, answers))
    return found


def _environment(settings: Settings) -> dict[str, str]:
    folder = write_configuration(settings)
    write_classes(classes_jar(settings))
    return {
        "JAVA_HOME": str(java_home()),
        "SPARK_HOME": str(spark_home()),
        "SPARK_CONF_DIR": str(folder),
        "SPARK_LOCAL_IP": LOOPBACK,
        "SPARK_LOCAL_DIRS": str(temporary_dir(settings)),
    }


def _daemon_environment(settings: Settings) -> dict[str, str]:
    """Return what only master and workers may see: the Thrift server takes it for its own."""
    recovery = settings.spark_dir / "recovery"
    return {
        "SPARK_DAEMON_MEMORY": f"{DAEMON_MEGABYTES}m",
        "SPARK_DAEMON_CLASSPATH": str(classes_jar(settings)),
        "SPARK_DAEMON_JAVA_OPTS": (
            # a master that was killed knows its workers again
            f"-Dspark.deploy.recoveryMode=FILESYSTEM -Dspark.deploy.recoveryDirectory={recovery}"
        ),
    }


def _launch(settings: Settings, part: Part, environment: dict[str, str]) -> None:
    if part.port is not None and _answers(part.port):
        raise LoaderError(
            f"port {part.port}, which Spark's {part.name} needs, is taken: set SHOP_SPARK_PORT"
        )
    path = log_path(settings, part.name)
    path.touch(mode=0o600)  # it may quote a row
    with path.open("ab") as log:
        process = subprocess.Popen(
            [spark_home() / "bin" / "spark-class", *part.arguments],
            cwd=settings.spark_dir,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,  # its tables hold persons
        )
    started = psutil.Process(process.pid).create_time()
    _pid_path(settings, part.name).write_text(f"{process.pid} {started}", encoding="utf-8")


def _wait_for(settings: Settings, part: Part) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if _process(settings, part.name) is None:
            break
        if part.port is None or _answers(part.port):
            return
        time.sleep(0.2)
    raise LoaderError(
        f"Spark's {part.name} did not start; {log_path(settings, part.name)} says why"
    )


def log_path(settings: Settings, name: str) -> Path:
    """Return the file that a part writes its log to; later starts go on in it."""
    settings.logs_dir.mkdir(parents=True, exist_ok=True)
    return settings.logs_dir / f"spark-{name}.log"


def _pid_path(settings: Settings, name: str) -> Path:
    return settings.spark_dir / f"{name}.pid"


def _process(settings: Settings, name: str) -> psutil.Process | None:
    """Return the process of a part, unless it is gone and another one has its number."""
    with suppress(FileNotFoundError, ValueError, psutil.NoSuchProcess):
        pid, created = _pid_path(settings, name).read_text(encoding="utf-8").split()
        process = psutil.Process(int(pid))
        if process.create_time() == float(created) and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def _end(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()


def _order_to_stop(path: Path) -> tuple[bool, bool]:
    return path.stem != THRIFT_SERVER, path.stem == "master"


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False
