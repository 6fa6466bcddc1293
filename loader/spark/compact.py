"""Write the small files of Spark's tables together.

A run adds some files to each table that dbt merges into: as many as there are cores, or fewer. A
statement opens every file it reads, so a table of many small ones is slow whatever its rows are.
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from loader.spark.configuration import FILE_BYTES
from loader.spark.snapshots import Snapshot, read_snapshots

if TYPE_CHECKING:
    from pyhive import hive

MANY = 100
SMALL = FILE_BYTES // 2  # bytes, on average
FEWEST = 5  # files of one partition, for which Iceberg writes them together
MOST_OF_A_PARTITION = "select max(file_count) from {table}.partitions"
COMPACT = "call spark_catalog.system.rewrite_data_files(table => '{table}')"


def compact_fragmented(spark: "hive.Cursor", tables: Iterable[str]) -> list[str]:
    """Compact the tables that are of many small files, and return their names."""
    fragmented = [
        table
        for table, snapshots in read_snapshots(spark, tables).items()
        if _is_fragmented(snapshots.values()) and _can_be_fewer(spark, table)
    ]
    for table in fragmented:
        compact(spark, table)
    return fragmented


def _is_fragmented(snapshots: Collection[Snapshot]) -> bool:
    if not snapshots:
        return False
    newest = max(snapshots, key=lambda snapshot: snapshot.committed_at)
    return newest.file_count >= MANY and newest.byte_count < newest.file_count * SMALL


def _can_be_fewer(spark: "hive.Cursor", table: str) -> bool:
    """Return whether Iceberg would write something: a shop of many months has a file for each."""
    spark.execute(MOST_OF_A_PARTITION.format(table=table))
    return int(spark.fetchall()[0][0]) >= FEWEST


def compact(spark: "hive.Cursor", table: str) -> None:
    """Write the small files of a table together, as a snapshot of the same rows."""
    spark.execute(COMPACT.format(table=table))
