"""Run commands of the loader in a shop, with faults at chosen moments."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

import click
import psutil

from loader.config.settings import REPOSITORY, Settings
from loader.database.embedded.cluster import Cluster
from loader.spark import cluster

WELL = {0, 3}  # 3: loaded, with rejected lines
EXECUTOR = "CoarseGrainedExecutorBackend"

Fault = Callable[[Settings, subprocess.Popen[str]], object]


def run(arguments: Sequence[str], shop: Settings) -> None:
    """Run a command to its end."""
    done = subprocess.run(
        _command(arguments),
        cwd=REPOSITORY,
        env=_environment(shop),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in WELL:
        raise click.ClickException(
            f"{' '.join(arguments)} failed:\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
        )


def run_with_faults(arguments: Sequence[str], shop: Settings, faults: Mapping[str, Fault]) -> int:
    """Run a command, with a fault at the first line that has its words; return how it ended."""
    waiting = dict(faults)
    with subprocess.Popen(
        _command(arguments),
        env=_environment(shop),
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout or ():
            for words in [words for words in waiting if words in line]:
                waiting.pop(words)(shop, process)
    if waiting:
        raise click.ClickException(f"the run ended before {', '.join(waiting)}")
    return process.returncode


def kill_run(_: Settings, process: subprocess.Popen[str]) -> None:
    """Kill the run; its programs end with it."""
    process.kill()


def kill_driver(shop: Settings, _: subprocess.Popen[str]) -> None:
    """Kill Spark's driver, without which nothing is built."""
    [driver] = (part for part in cluster.status(shop) if part.name == cluster.THRIFT_SERVER)
    psutil.Process(driver.pid).kill()


def kill_database(shop: Settings, _: subprocess.Popen[str]) -> None:
    """Kill PostgreSQL's server; its processes end with it."""
    running = Cluster(shop.server_dir).postmaster()
    if running is None:
        raise click.ClickException("no server was there to be killed")
    psutil.Process(running.process_id).kill()


def kill_executor(shop: Settings, _: subprocess.Popen[str]) -> None:
    """Kill what runs the tasks of a worker, which starts another one."""
    if shop.is_on_spark:
        next(_executors(shop)).kill()


def kill_worker(shop: Settings, _: subprocess.Popen[str]) -> None:
    """Kill a worker; its executor ends with it."""
    if shop.is_on_spark:
        psutil.Process(next(_workers(shop))).kill()


def _workers(shop: Settings) -> Iterator[int]:
    for part in cluster.status(shop):
        if part.name.startswith("worker") and part.pid is not None:
            yield part.pid


def _executors(shop: Settings) -> Iterator[psutil.Process]:
    for pid in _workers(shop):
        for process in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # it may be over
                if EXECUTOR in " ".join(process.cmdline()):
                    yield process


def _environment(shop: Settings) -> dict[str, str]:
    return os.environ | {
        "SHOP_ROOT": str(shop.root),
        "SHOP_ENGINE": shop.engine,
        "SHOP_SPARK_PORT": str(shop.spark_port),
        "SHOP_SPARK_WORKERS": str(shop.spark_workers),
        "SHOP_SPARK_WORKER_CORES": str(shop.spark_worker_cores),
        "SHOP_SPARK_SALES_MONTHS": str(shop.spark_sales_months or ""),
    }


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "loader", *arguments]
