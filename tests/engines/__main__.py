"""Run the same days with PostgreSQL and with Spark, and compare every table: `make spark-test`.

Before that, a cluster that lets somebody in without its secret ends it. There are two shops, each
in a temporary folder, with a server of its own; one has a cluster.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from engines.access import open_doors
from engines.comparing import compare, compare_served
from loader.config.settings import REPOSITORY, Settings
from loader.database import server
from loader.spark import cluster

FIRST_DAY = date(2025, 3, 1)
SHOP = ("--preset", "tiny", "--defects", "0.03")
STEPS = ("load", "build", "export", "report")


@click.command()
@click.option("--days", default=3, show_default=True, help="The first load and the days after it.")
def main(days: int) -> None:
    """Say whether both engines have the same tables after each day; exit with 1 when not."""
    with TemporaryDirectory() as folder, _shops(Path(folder)) as (postgres, spark):
        different = open_doors(spark)
        if different:
            raise click.ClickException("\n".join(different))
        count = 0
        for number in range(days):
            day = FIRST_DAY + timedelta(days=number)
            _deliver(postgres, day, is_first=number == 0)
            for shop in (postgres, spark):
                _run_day(shop, day, postgres.landing_dir / day.isoformat())
            count, different = compare(postgres, spark)
            served, differently_served = compare_served(postgres, spark)
            count, different = count + served, different + differently_served
            click.echo("\n".join([f"{day}: {len(different)} of {count} differ", *different]))
            if different:
                break
        click.echo(f"{count - len(different)} of {count} tables equal")
    sys.exit(1 if different or not count else 0)


@contextmanager
def _shops(folder: Path) -> Iterator[tuple[Settings, Settings]]:
    """Yield a shop that PostgreSQL builds, and one that Spark builds."""
    os.environ.pop("PGHOST", None)
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    postgres = Settings(root=folder / "on_postgres")
    spark = Settings(root=folder / "on_spark", engine="spark", spark_port=port)
    try:
        cluster.start(spark)
        yield postgres, spark
    finally:
        cluster.stop(spark)
        for shop in (postgres, spark):
            server.stop(shop)


def _deliver(shop: Settings, day: date, *, is_first: bool) -> None:
    history = ("--history", "60d") if is_first else ()
    _run(shop, "generate", "--date", day.isoformat(), *SHOP, *history)


def _run_day(shop: Settings, day: date, landing: Path) -> None:
    started = time.monotonic()
    _run(shop, "run", *STEPS, "--date", day.isoformat(), "--landing", str(landing))
    click.echo(f"{day}: run with {shop.engine} in {time.monotonic() - started:.0f} s")


def _run(shop: Settings, *arguments: str) -> None:
    environment = {
        "SHOP_ROOT": str(shop.root),
        "SHOP_ENGINE": shop.engine,
        "SHOP_SPARK_PORT": str(shop.spark_port),
    }
    done = subprocess.run(
        [sys.executable, "-m", "loader", *arguments],
        cwd=REPOSITORY,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, 3}:  # 3: loaded, with rejected lines
        raise click.ClickException(
            f"{arguments} failed:\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
        )


if __name__ == "__main__":
    main()
