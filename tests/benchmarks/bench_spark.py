"""Measure Spark beside PostgreSQL: make bench-spark SIZE=small or default, WORKERS="1 2".

Each engine takes the same history in from nothing, then a day. Spark's own log of events says what
its tasks did; it is on by a setting of Java's, for these runs alone.
"""

import json
import os
import shutil
import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path
from unittest.mock import patch

import click

from benchmarks.bench_shop import LONG, ROOT, SIZES, Shop, Size
from loader.spark import cluster

CORES = 2  # of all workers together
POSTGRES = "PostgreSQL"
HEADERS = (
    "engine, workers x cores", "what", "items", "seconds", "CPU seconds", "tasks",
    "MB read", "MB shuffled", "MB written", "MB on disk",
)  # fmt: skip


@dataclass(frozen=True)
class Work:
    """Hold what Spark's tasks did: how many, seconds of a core, MB read, shuffled and written."""

    tasks: int = 0
    seconds: float = 0
    read: float = 0
    shuffled: float = 0
    written: float = 0

    def __sub__(self, other: "Work") -> "Work":
        """Return what was done since another moment."""
        return Work(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(Work)))


@click.command()
@click.option("--size", type=click.Choice(tuple(SIZES)), default="small")
@click.option("--workers", multiple=True, type=int, default=(1, 2), help="Workers of a cluster.")
def main(size: str, workers: tuple[int, ...]) -> None:
    """Print a row of docs/scale.md for each engine, first build and day."""
    ROOT.mkdir(parents=True, exist_ok=True)
    click.echo(f"| {' | '.join(HEADERS)} |\n|{'---|' * len(HEADERS)}")
    _measure_postgres(SIZES[size])
    for number in workers:
        _measure_spark(SIZES[size], number)


def _measure_postgres(size: Size) -> None:
    shop = _new_shop(size, "beside_spark")
    for day, what in enumerate(("first", "a day")):
        seconds = shop.run(day, "load", "build").seconds
        disk = shop.query("select pg_database_size(current_database())")[0][0] / 1e6
        _say(POSTGRES, what, shop, seconds, f" | | | | | {disk:,.0f}")
    shop.loader("server", "stop")


def _measure_spark(size: Size, workers: int) -> None:
    shop = _new_shop(size, f"spark_{workers}")
    events = shop.settings.root / "events"
    events.mkdir(parents=True)
    variables = {
        "SHOP_ENGINE": "spark",
        "SHOP_SPARK_WORKERS": str(workers),
        "SHOP_SPARK_WORKER_CORES": str(CORES // workers),
        "JDK_JAVA_OPTIONS": f"-Dspark.eventLog.enabled=true -Dspark.eventLog.dir={events}",
    }
    with patch.dict(os.environ, variables):
        shop.loader("spark", "up")
        try:
            done = Work()
            for day, what in enumerate(("first", "a day")):
                seconds = shop.run(day, "load", "build").seconds
                before, done = done, _work(events)
                told = _told(done - before, _size(shop.settings.spark_storage_dir))
                _say(f"Spark, {workers} x {CORES // workers}", what, shop, seconds, told)
        finally:
            cluster.stop(shop.settings)
            shop.loader("server", "stop")


def _told(work: Work, disk: int) -> str:
    numbers = (
        *(work.seconds, work.tasks, work.read, work.shuffled, work.written),
        disk / 1e6,
    )
    return " | ".join(f"{number:,.0f}" for number in numbers)


def _new_shop(size: Size, purpose: str) -> Shop:
    shop = Shop(size, LONG, purpose)
    shutil.rmtree(shop.settings.root, ignore_errors=True)
    return shop


def _say(engine: str, what: str, shop: Shop, seconds: float, told: str) -> None:
    items = shop.query("select count(*) from mart.fct_sales")[0][0]
    click.echo(f"| {engine} | {what} | {items:,} | {seconds:.0f} | {told} |")


def _work(events: Path) -> Work:
    """Return what tasks did so far, by the log of events of all applications of the shop."""
    time.sleep(2)  # the log is written in pieces
    tasks = [
        event["Task Metrics"]
        for path in events.rglob("*")
        if path.is_file()
        for event in map(json.loads, path.read_text(encoding="utf-8").splitlines())
        if event["Event"] == "SparkListenerTaskEnd" and "Task Metrics" in event
    ]
    return Work(
        len(tasks),
        sum(task["Executor CPU Time"] for task in tasks) / 1e9,
        sum(task["Input Metrics"]["Bytes Read"] for task in tasks) / 1e6,
        sum(task["Shuffle Write Metrics"]["Shuffle Bytes Written"] for task in tasks) / 1e6,
        sum(task["Output Metrics"]["Bytes Written"] for task in tasks) / 1e6,
    )


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    sys.exit(main())
