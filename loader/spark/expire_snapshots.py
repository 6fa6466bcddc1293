"""Let snapshots of Spark's tables expire: what the tables were before, each with its files.

Iceberg keeps every state that a table was in, so storage grows with the runs. Snapshots expire by
age, never the newest: `loader.backup.prune` knows the age to keep, an erasure lets all of them
expire. Small files are written together first.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from loader.config.settings import Settings
from loader.database.fetch import statements
from loader.spark.session import session
from loader.spark.tables import table_names

if TYPE_CHECKING:
    from pyhive import hive

SQL = statements(Path(__file__).with_suffix(".sql"))
# Of files that no snapshot names, as a killed statement leaves them; Iceberg refuses younger ones,
# which a statement may still be writing.
ORPHANED = timedelta(days=1)


def count_expired(settings: Settings, before: datetime) -> int:
    """Return how many snapshots `expire` would remove."""
    with session(settings) as spark:
        return sum(_expired(spark, table, before) for table in table_names(spark))


def expire(settings: Settings, before: datetime) -> int:
    """Remove snapshots of before a moment, and the files that only they have; return how many.

    Small files of the tables are written together, and files that no snapshot names go.

    Raises:
        LoaderError: Spark does not answer, or refuses.
    """
    count = 0
    orphaned = datetime.now(UTC) - ORPHANED
    with session(settings) as spark:
        for table in table_names(spark):
            expired = _expired(spark, table, before)
            count += expired
            for statement in (*(("compact", "expire") if expired else ()), "remove_orphans"):
                spark.execute(
                    SQL[statement].format(
                        table=table, before=_text(before), orphaned=_text(orphaned)
                    )
                )
    return count


def _expired(spark: "hive.Cursor", table: str, before: datetime) -> int:
    spark.execute(SQL["expired"].format(table=table, before=_text(before)))
    (count,) = spark.fetchone()
    return int(count)


def _text(moment: datetime) -> str:
    """Return a moment as Spark reads it, whose sessions are in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
