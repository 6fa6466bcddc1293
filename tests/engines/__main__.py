"""Build the same days with PostgreSQL and with Spark, and compare every table: `make spark-test`.

Before that, a cluster that lets somebody in without its secret ends it. Everything happens in a
temporary folder, with a server and a cluster of its own.
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
from engines.comparing import compare
from loader.config.settings import REPOSITORY, Settings, load_settings
from loader.database import server
from loader.spark import cluster
from loader.spark.configuration import password
from loader.spark.stage import stage

FIRST_DAY = date(2025, 3, 1)
SHOP = ("--preset", "tiny", "--defects", "0.03")
BUILD = ("build", "--target", "spark", "--exclude-resource-type", "unit_test")


@click.command()
@click.option("--days", default=3, show_default=True, help="The first load and the days after it.")
def main(days: int) -> None:
    """Say whether both engines have the same tables after each day; exit with 1 when not."""
    with _a_shop() as settings:
        different = open_doors(settings)
        if different:
            raise click.ClickException("\n".join(different))
        count = 0
        for number in range(days):
            day = FIRST_DAY + timedelta(days=number)
            _build_on_both(settings, day, is_first=number == 0)
            count, different = compare(settings)
            click.echo("\n".join([f"{day}: {len(different)} of {count} differ", *different]))
            if different:
                break
        click.echo(f"{count - len(different)} of {count} tables equal")
    sys.exit(1 if different or not count else 0)


@contextmanager
def _a_shop() -> Iterator[Settings]:
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as found:
        os.environ |= {
            "SHOP_ROOT": folder,
            "SHOP_SPARK_PORT": str(found.getsockname()[1]),
            "DBT_TARGET_PATH": str(Path(folder) / "target"),
            "DBT_LOG_PATH": str(Path(folder) / "dbt_logs"),
        }
        found.close()
        os.environ.pop("PGHOST", None)
        settings = load_settings()
        try:
            cluster.start(settings)
            os.environ["SHOP_SPARK_PASSWORD"] = password(settings)
            yield settings
        finally:
            cluster.stop(settings)
            server.stop(settings)


def _build_on_both(settings: Settings, day: date, *, is_first: bool) -> None:
    landing = settings.landing_dir / day.isoformat()
    history = ("--history", "60d") if is_first else ()
    _run("loader", "generate", "--date", day.isoformat(), *SHOP, *history)
    _run("loader", "load", str(landing), "--date", day.isoformat())
    stage(settings)
    _timed(day, "PostgreSQL", "loader", "run", "build", "--date", day.isoformat())
    _timed(day, "Spark", "dbt.cli.main", *BUILD, folder=settings.dbt_dir)


def _timed(day: date, engine: str, *arguments: str, folder: Path = REPOSITORY) -> None:
    started = time.monotonic()
    _run(*arguments, folder=folder)
    click.echo(f"{day}: built with {engine} in {time.monotonic() - started:.0f} s")


def _run(*arguments: str, folder: Path = REPOSITORY) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
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
