"""Read the mart in three ways while it is published again and again."""

import statistics
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

import click
import psycopg2

from factories import days
from factories.days import execute
from loader.database.fetch import Row, fetch_row
from soak.soaking import Soak, done

PUBLICATIONS = 10
PAUSE = 0.5
TOTALS = (
    "select (select sum(revenue_amount) from mart.fct_sales),"
    " (select sum(total_revenue) from mart.agg_daily_sales),"
    " (select sum(total_spent) from mart.agg_customer_metrics),"
    " (select sum(total_revenue) from mart.rpt_monthly_trend)"
)
TOLD_IN = {
    "fct_sales": "revenue_amount",
    "agg_daily_sales": "total_revenue",
    "agg_customer_metrics": "total_spent",
    "rpt_monthly_trend": "total_revenue",
}


@dataclass
class Reader:
    """Read the mart in one way, without a pause, until told to stop."""

    name: str
    read: Callable[[psycopg2.extensions.connection], set[Row]]
    pauses: float = 0
    seen: set[Row] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        try:
            with closing(days.connect()) as connection:
                while not self.stop.is_set():
                    started = time.monotonic()
                    self.seen |= self.read(connection)
                    self.waits.append(time.monotonic() - started - self.pauses)
        except psycopg2.Error as error:
            self.errors.append(str(error))


def one_statement(connection: psycopg2.extensions.connection) -> set[Row]:
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(TOTALS)
    return set(cursor.fetchall())


def statement_by_statement(
    connection: psycopg2.extensions.connection, pause: float = 0
) -> set[Row]:
    """Read table by table in one repeatable-read transaction."""
    connection.set_session(isolation_level="REPEATABLE READ")
    found: Row = ()
    with connection, connection.cursor() as cursor:
        for table, column in TOLD_IN.items():
            cursor.execute(f"select sum({column}) from mart.{table}")
            found += fetch_row(cursor)
            time.sleep(pause)
    return {found}


def readers(soak: Soak) -> None:
    """Publish ten times while three kinds of readers read."""
    kinds = [
        Reader("read committed, one statement", one_statement),
        Reader("repeatable read, table by table", statement_by_statement),
        Reader(
            "long transaction, repeatable read",
            lambda connection: statement_by_statement(connection, PAUSE),
            PAUSE * len(TOLD_IN),
        ),
    ]
    threads = [threading.Thread(target=reader.work) for reader in kinds]
    for thread in threads:
        thread.start()
    for number in range(PUBLICATIONS):
        factor = "2" if number % 2 == 0 else "0.5"
        execute(
            ";".join(
                f"update mart_build.{table} set {column} = {column} * {factor}"
                for table, column in TOLD_IN.items()
            )
        )
        code, output = done("run", "publish")
        soak.expect(code == 0, f"publication: {output[-1500:]}")
    for reader in kinds:
        reader.stop.set()
    for thread in threads:
        thread.join()
    click.echo(f"\n{PUBLICATIONS} publications:\n")
    click.echo(
        "| reader | reads | inconsistent | empty | longest | median |\n|---|---|---|---|---|---|"
    )
    for reader in kinds:
        wrong = sum(len(set(totals)) > 1 for totals in reader.seen)
        empty = sum(None in totals for totals in reader.seen)
        soak.expect(not (wrong or empty or reader.errors), f"{reader.name}: {reader.errors}")
        longest, usual = max(reader.waits), statistics.median(reader.waits)
        click.echo(
            f"| {reader.name} | {len(reader.waits):,} | {wrong} | {empty} "
            f"| {longest * 1000:.0f} ms | {usual * 1000:.1f} ms |",
        )
    soak.expect(sum(len(reader.waits) for reader in kinds) >= 1000, "fewer than 1,000 reads")
