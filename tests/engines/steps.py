"""What each of the two shops does, step by step."""

from collections.abc import Callable, Iterator, Set
from datetime import date
from functools import partial
from pathlib import Path

import click

from engines.delivering import WITH_RETURNS, deliver, deliver_day, orders_to_find
from engines.erasing import erased_values
from engines.programs import (
    WELL,
    kill_database,
    kill_driver,
    kill_executor,
    kill_run,
    kill_worker,
    run,
    run_with_faults,
)
from loader.config.settings import Settings
from loader.database import server
from loader.spark import cluster
from loader.spark.session import session
from loader.spark.window import first_day_of

STEPS = ("load", "build", "export", "report")
ERASED = "a person erased"
# The words of dbt's lines at which they happen.
KILLS = {
    "model staging.stg_transaction_items .": kill_executor,
    "model mart_build.fct_sales .": kill_worker,
}
KILLED = {"model production.transactions .": kill_run}
BUILT = "model mart_build.int_changed_days ."

Step = Callable[[Settings], object]


def steps(delivering: Settings) -> Iterator[tuple[str, Step]]:
    """Yield what each shop does; both are delivered the files of one."""
    folders = deliver(delivering)
    first, second, third, last = folders
    yield "first load", partial(_run_day, first)
    yield "a day of a newer release, with an item before its order", partial(_run_newer, second)
    yield (
        "a day, with that order and a moved one, an executor and a worker killed",
        partial(_run_day_in_trouble, third, orders_to_find(folders)),
    )
    yield (
        "a day, run anew after the driver, then the database was killed in it",
        partial(_run_day_anew, last),
    )
    returned = deliver_day(delivering, len(folders) - 1, *WITH_RETURNS)
    yield "that day with other files and returns, killed", partial(_run_killed_day, returned)
    yield ERASED, partial(run, ("erase-customer", erased_values(delivering)[0], "--yes"))
    yield "that day taken back", partial(run, ("revert-batch", "--yes"))


def _day_of(landing: Path) -> tuple[str, ...]:
    return "run", *STEPS, "--date", landing.name, "--landing", str(landing), "--verbose"


def _run_day(landing: Path, shop: Settings) -> None:
    run(_day_of(landing), shop)


def _run_newer(landing: Path, shop: Settings) -> None:
    """Run a day on tables of a release that had a column less, between others."""
    if shop.engine == "spark":
        with session(shop) as spark:
            spark.execute("alter table mart_build.rpt_stock_cover drop column brand")
    _run_day(landing, shop)


def _run_killed_day(landing: Path, shop: Settings) -> None:
    """Run a day after a run of it was killed, all its programs with it, in the middle of dbt."""
    run_with_faults(_day_of(landing), shop, KILLED)
    _run_day(landing, shop)


def _run_day_anew(landing: Path, shop: Settings) -> None:
    """Run a day after a run of it that lost Spark's driver, and one that lost PostgreSQL's server.

    The first ends and says so, the second waits for the server that it starts, and goes on. It
    leaves the sales before its month on Spark, from where the third copies them.
    """
    if shop.is_on_spark:
        _expect({1}, run_with_faults(_day_of(landing), shop, {BUILT: kill_driver}))
        cluster.start(shop)
    one_month = shop.model_copy(update={"spark_sales_months": 1})
    _expect(WELL, run_with_faults(_day_of(landing), one_month, {BUILT: kill_database}))
    if shop.is_on_spark:
        _find_newest_month(landing.name, shop)
    _run_day(landing, shop)


def _expect(codes: Set[int], code: int) -> None:
    if code not in codes:
        raise click.ClickException(f"the run ended with {code}")


def _run_day_in_trouble(landing: Path, orders: dict[str, int], shop: Settings) -> None:
    """Run a day while parts of a cluster are killed, which does not fail for that."""
    _expect(WELL, run_with_faults(_day_of(landing), shop, KILLS))
    if shop.engine == "spark" and not cluster.start(shop):
        raise click.ClickException("no part of the cluster was killed")
    _find(orders, shop)


def _find_newest_month(day: str, shop: Settings) -> None:
    """Insist that PostgreSQL has the sales of a day's month alone, and Spark's mart all of them."""
    with server.snapshot(shop) as cursor, session(shop) as spark:
        for engine in (cursor, spark):
            engine.execute("select date_key, count(*) from mart.fct_sales group by date_key")
        served, all_days = dict(cursor.fetchall()), dict(spark.fetchall())
    first_day = first_day_of(1, date.fromisoformat(day))
    expected = {day: count for day, count in all_days.items() if day >= first_day}
    if not expected or served != expected or expected == all_days:
        raise click.ClickException(f"there are sales of {sorted(served)}, not {sorted(expected)}")


def _find(orders: dict[str, int], shop: Settings) -> None:
    """Insist that orders are sales of their days."""
    with server.snapshot(shop) as cursor:
        cursor.execute(
            "select distinct transaction_id, date_key from mart.fct_sales"
            " where transaction_id = any(%s)",
            (list(orders),),
        )
        found = dict(cursor.fetchall())
    if found != orders:
        raise click.ClickException(f"there are sales {found}, not {orders}")
