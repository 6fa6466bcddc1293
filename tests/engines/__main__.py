"""Run the same days with PostgreSQL and with Spark, and compare every table: `make spark-test`.

Before that, a cluster that lets somebody in without its secret ends it. There are two shops, each
in a temporary folder, with a server of its own; one has a cluster.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from engines.access import open_doors
from engines.collecting import full_collections
from engines.comparing import compare, compare_served
from engines.erasing import erased_values, traces
from engines.tagging import wrong_tags
from loader.config.settings import REPOSITORY, Settings
from loader.database import server
from loader.spark import cluster

FIRST_DAY = date(2025, 3, 1)
SHOP = ("--preset", "tiny")
DAMAGED, MORE_DAMAGED = ("--defects", "0.03"), ("--defects", "0.1")
WITH_RETURNS = ("--returns", "0.1")
HISTORY = ("--history", "60d")
STEPS = ("load", "build", "export", "report")
KILLED_AFTER = "model production.transactions ."  # as dbt says that it is built

ERASED = "a person erased"

Step = Callable[[Settings], object]


@click.command()
@click.option("--days", default=3, show_default=True, help="The first load and the days after it.")
@click.option("--faults/--no-faults", default=True, help="Then a kill, and a batch taken back.")
def main(days: int, *, faults: bool) -> None:
    """Say whether both engines have the same tables after each step; exit with 1 when not.

    The steps: each day, the last one with returns; that day with other files, whose run is killed
    in the middle and started again; a person erased, of whom Spark's files say nothing then; the
    newest batch taken back, which replays the ones before.
    """
    with TemporaryDirectory() as folder, _shops(Path(folder)) as (postgres, spark):
        different = open_doors(spark)
        if different:
            raise click.ClickException("\n".join(different))
        count = 0
        for name, step in _steps(postgres, days, faults=faults):
            for shop in (postgres, spark):
                started = time.monotonic()
                step(shop)
                click.echo(f"{name}: {shop.engine} took {time.monotonic() - started:.0f} s")
            count, different = compare(postgres, spark)
            served, differently_served = compare_served(postgres, spark)
            count, different = count + served, different + differently_served
            is_erased = name.endswith(ERASED)
            different += full_collections(spark)
            different += wrong_tags(spark, is_erased=is_erased)
            different += traces(spark, erased_values(postgres)) if is_erased else []
            click.echo("\n".join([f"{name}: {len(different)} of {count} differ", *different]))
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


def _steps(delivering: Settings, days: int, *, faults: bool) -> Iterator[tuple[str, Step]]:
    """Yield what each shop does; both are delivered the files of one."""
    day = FIRST_DAY
    for number in range(days):
        day = FIRST_DAY + timedelta(days=number)
        kind = WITH_RETURNS if number == days - 1 else DAMAGED
        landing = _deliver(delivering, day, *kind, *(HISTORY if number == 0 else ()))
        yield str(day), partial(_run_day, day, landing)
    if faults:
        landing = _deliver(delivering, day, *MORE_DAMAGED)
        yield f"{day} with other files, killed", partial(_run_killed_day, day, landing)
    yield ERASED, partial(_erase, erased_values(delivering)[0])
    if faults:
        yield f"{day} taken back", _revert


def _deliver(shop: Settings, day: date, *options: str) -> Path:
    folder = shop.root / "delivered" / "".join(options)
    arguments = ("--landing", str(folder), *SHOP, *options)
    _run("generate", "--date", day.isoformat(), *arguments, shop=shop)
    return folder / day.isoformat()


def _day_of(day: date, landing: Path) -> tuple[str, ...]:
    return "run", *STEPS, "--date", day.isoformat(), "--landing", str(landing), "--verbose"


def _run_day(day: date, landing: Path, shop: Settings) -> None:
    _run(*_day_of(day, landing), shop=shop)


def _run_killed_day(day: date, landing: Path, shop: Settings) -> None:
    """Run a day after a run of it was killed, all its programs with it, in the middle of dbt."""
    with subprocess.Popen(
        _command(*_day_of(day, landing)),
        env=_environment(shop),
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout or ():
            if KILLED_AFTER in line:
                process.send_signal(signal.SIGKILL)
                break
        else:
            raise click.ClickException(f"the run to kill ended before: {process.wait()}")
    _run_day(day, landing, shop)


def _revert(shop: Settings) -> None:
    _run("revert-batch", "--yes", shop=shop)


def _erase(customer_id: str, shop: Settings) -> None:
    _run("erase-customer", customer_id, "--yes", shop=shop)


def _environment(shop: Settings) -> dict[str, str]:
    return os.environ | {
        "SHOP_ROOT": str(shop.root),
        "SHOP_ENGINE": shop.engine,
        "SHOP_SPARK_PORT": str(shop.spark_port),
    }


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "loader", *arguments]


def _run(*arguments: str, shop: Settings) -> None:
    done = subprocess.run(
        _command(*arguments),
        cwd=REPOSITORY,
        env=_environment(shop),
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
