"""A person in Spark's tables: by what they are found, and their rows made an anonymous customer's.

Which tables, and what their rows say instead, `loader.privacy.erase_on_spark` decides; here are the
statements. What these tables were before goes with `loader.spark.expire_snapshots`.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from loader.database.fetch import statements
from loader.spark.tables import drop_tables, table_names

if TYPE_CHECKING:
    from pyhive import hive

SQL = statements(Path(__file__).with_suffix(".sql"))
CUSTOMERS = "production.customers"
REJECTED = "quarantine.rejected_customers"
HISTORY = "snapshots.customers_snapshot"
WARNINGS = "ops.row_warnings"
OF_ONE_CUSTOMER = (CUSTOMERS, HISTORY)
# Schemas of what the next build makes of the others, also for models that are no more.
MADE_ANEW = ("staging", "mart_build")


def find_values(
    spark: "hive.Cursor", places: Mapping[str, Iterable[str]], customer_id: str
) -> Iterator[str]:
    """Yield what a customer has in columns of tables, those that are there."""
    existing = table_names(spark)
    for table in (table for table in places if table in existing):
        for column in places[table]:
            spark.execute(SQL["values"].format(table=table, column=column), (customer_id,))
            yield from (value for (value,) in spark.fetchall() if value)


def find_released(spark: "hive.Cursor", statement: str, customer_id: str) -> list[str]:
    """Return whose rows wait because the customer owns their e-mail address, as a query says."""
    if not {CUSTOMERS, REJECTED}.issubset(table_names(spark)):
        return []
    spark.execute(statement, (customer_id,))
    return [other for (other,) in spark.fetchall()]


def count_rows(
    spark: "hive.Cursor", tables: Iterable[str], customer_id: str
) -> Iterator[tuple[str, int]]:
    """Yield tables, those that are there, and how many rows of a customer each has."""
    existing = table_names(spark)
    for table in (table for table in tables if table in existing):
        yield table, _count(spark, table, customer_id)


def erase_rows(
    spark: "hive.Cursor",
    changes: Mapping[str, Mapping[str, str | None]],
    customer_id: str,
    pseudonym: str,
) -> None:
    """Make the rows of a customer an anonymous one's, and drop what is made of them.

    `changes` has for each table what its rows say instead. Where a later delivery brought the
    customer back, the anonymous one is there already: then the rows go that only one can have.
    """
    for table, rows in count_rows(spark, changes, customer_id):
        if not rows:  # a statement without a row would still write the table anew
            continue
        if table in OF_ONE_CUSTOMER and _count(spark, table, pseudonym):
            spark.execute(SQL["delete"].format(table=table), (customer_id,))
        else:
            _change(spark, table, changes[table], customer_id)
    if WARNINGS in table_names(spark):
        _change_warnings(spark, customer_id, pseudonym)
    drop_tables(spark, MADE_ANEW)


def _change(
    spark: "hive.Cursor", table: str, changed: Mapping[str, str | None], customer_id: str
) -> None:
    values = [*changed.values()]
    assignments = [f"{column} = %s" for column in changed]
    if table == HISTORY:
        assignments.append(SQL["version_id"])
        values.append(changed["customer_id"])
    statement = SQL["update"].format(table=table, assignments=", ".join(assignments))
    spark.execute(statement, (*values, customer_id))


def _change_warnings(spark: "hive.Cursor", customer_id: str, pseudonym: str) -> None:
    spark.execute(SQL["count_warnings"], (customer_id,))
    (rows,) = spark.fetchone()
    if rows:
        spark.execute(SQL["copy_warnings"], (pseudonym, customer_id, pseudonym))
        spark.execute(SQL["delete_warnings"], (customer_id,))


def _count(spark: "hive.Cursor", table: str, customer_id: str) -> int:
    spark.execute(SQL["count"].format(table=table), (customer_id,))
    (rows,) = spark.fetchone()
    return int(rows)
