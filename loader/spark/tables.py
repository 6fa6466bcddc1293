"""The tables that Spark has: which there are, of which batches, and to be without them."""

from collections.abc import Iterable
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

from loader.config.settings import Settings
from loader.database import server
from loader.errors import LoaderError
from loader.spark.session import session

if TYPE_CHECKING:
    from pyhive import hive

BUILT_SCHEMAS = (
    *("mart", "mart_build", "ops", "production", "quarantine", "seeds", "snapshots", "staging"),
)


def forget_everything(settings: Settings) -> None:
    """Drop all tables and views on Spark, with their files."""
    with session(settings) as spark:
        for schema in BUILT_SCHEMAS:
            spark.execute(f"create schema if not exists {schema}")
            for name in _names(spark, f"show views in {schema}"):
                spark.execute(f"drop view {schema}.{name}")
        drop_tables(spark, BUILT_SCHEMAS)


def drop_tables(spark: "hive.Cursor", schemas: Iterable[str]) -> None:
    """Drop the tables of schemas, with their files."""
    for name in table_names(spark):
        if name.partition(".")[0] in schemas:
            spark.execute(f"drop table {name} purge")


def refuse_other_batches(settings: Settings, day: date) -> None:
    """Refuse to build a batch on Spark where Spark did not build all those before it.

    Raises:
        LoaderError: PostgreSQL built some, or Spark built others.
    """
    with closing(server.connect(settings)) as connection, connection.cursor() as cursor:
        cursor.execute("select distinct batch_date from ops.loads")
        loaded = {found for (found,) in cursor.fetchall()} - {day}
    with session(settings) as spark:
        spark.execute("create schema if not exists ops")
        built: set[date] = set()
        if "batch_counts" in _names(spark, "show tables in ops"):
            spark.execute("select distinct batch_date from ops.batch_counts")
            built = {_day(found) for (found,) in spark.fetchall()} - {day}
    if different := ", ".join(map(str, sorted(loaded ^ built))):
        raise LoaderError(
            f"Spark and the record of loads differ in the batches of {different}: build all with "
            "one engine, from the archive into an empty database (docs/scale.md, make replay)"
        )


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def table_names(spark: "hive.Cursor") -> list[str]:
    """Return the tables that there are, with their schemas; Spark lists views among them."""
    spark.execute("show schemas")
    schemas = {schema for (schema,) in spark.fetchall()}
    found = []
    for schema in (schema for schema in BUILT_SCHEMAS if schema in schemas):
        views = _names(spark, f"show views in {schema}")
        tables = _names(spark, f"show tables in {schema}")
        found += [f"{schema}.{name}" for name in tables if name not in views]
    return found


def _names(spark: "hive.Cursor", question: str) -> list[str]:
    """Return the names that Spark lists."""
    spark.execute(question)
    return [row[1] for row in spark.fetchall()]
