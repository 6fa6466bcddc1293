"""Run the same days with PostgreSQL and with Spark, and compare every table: `make spark-test`.

Before that, a cluster that lets somebody in without its secret ends it. There are two shops, each
in a temporary folder, with a server of its own; one has a cluster.
"""

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from engines.access import open_doors
from engines.collecting import full_collections
from engines.comparing import compare, compare_served
from engines.erasing import erased_values, traces
from engines.steps import ERASED, Step, steps
from engines.tagging import wrong_tags
from loader.config.settings import Settings
from loader.database import server
from loader.errors import LoaderError
from loader.spark import cluster
from loader.spark.java import java_home


@click.command()
@click.option("--steps", "number", type=int, help="Only so many of the steps, the first ones.")
def main(number: int | None) -> None:
    """Say whether both engines have the same tables after each step; exit with 1 when not.

    The steps: a first load; a day with an item whose order is not there, on a table that lacks a
    column, as one of an older release; a day with that order and another one moved into the month
    before, while an executor and a worker are killed; a day, run anew after Spark's driver and
    after PostgreSQL's server were killed in it, and after older sales stayed on Spark; that day
    with other files and returns, whose run is killed and started again; a person erased, of whom
    Spark's files say nothing then; the newest batch taken back, which replays the ones before.
    """
    _need_java()
    count, different = 0, ["nothing was compared"]
    with TemporaryDirectory() as folder, _shops(Path(folder)) as (postgres, spark):
        if wrong := open_doors(spark):
            raise click.ClickException("\n".join(wrong))
        for name, step in islice(steps(postgres), number):
            _take(name, step, postgres, spark)
            count, different = _compare(name, postgres, spark)
            click.echo("\n".join([f"{name}: {len(different)} of {count} differ", *different]))
            if different:
                break
        click.echo(f"{count - len(different)} of {count} tables equal")
    sys.exit(1 if different else 0)


def _need_java() -> None:
    """Leave it out where there is no Java, but for CI."""
    try:
        java_home()
    except LoaderError as error:
        if os.environ.get("CI"):
            raise click.ClickException(str(error)) from error
        click.echo(f"skipped: {error}")
        sys.exit(0)


@contextmanager
def _shops(folder: Path) -> Iterator[tuple[Settings, Settings]]:
    """Yield a shop that PostgreSQL builds, and one that Spark builds."""
    os.environ.pop("PGHOST", None)
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    postgres = Settings(root=folder / "on_postgres")
    spark = Settings(
        root=folder / "on_spark",
        engine="spark",
        spark_port=port,
        spark_workers=2,
        spark_worker_cores=1,
    )
    try:
        cluster.start(spark)
        yield postgres, spark
    finally:
        cluster.stop(spark)
        for shop in (postgres, spark):
            server.stop(shop)


def _take(name: str, step: Step, *shops: Settings) -> None:
    for shop in shops:
        started = time.monotonic()
        step(shop)
        click.echo(f"{name}: {shop.engine} took {time.monotonic() - started:.0f} s")


def _compare(name: str, postgres: Settings, spark: Settings) -> tuple[int, list[str]]:
    """Return how many tables were compared, and a line for each thing that is not equal."""
    is_erased = name == ERASED
    count, different = compare(postgres, spark)
    served, differently_served = compare_served(postgres, spark)
    different += differently_served
    different += full_collections(spark)
    different += wrong_tags(spark, is_erased=is_erased)
    different += traces(spark, erased_values(postgres)) if is_erased else []
    return count + served, different


if __name__ == "__main__":
    main()
