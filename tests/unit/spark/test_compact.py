"""Which tables are written together: those of many small files; Spark is played here."""

import pytest

from loader.spark.compact import FEWEST, MANY, SMALL, compact_fragmented

MICROSECONDS = 1_000_000
# Snapshots of each table: when, in how many files of how many bytes.
TABLES = {
    "ops.many": [(1, 1, 1), (2, MANY, MANY * (SMALL - 1))],
    "ops.few": [(1, MANY - 1, 1)],
    "ops.large": [(1, MANY, MANY * SMALL)],
    "ops.compacted": [(2, 1, 1), (1, MANY, 1)],
    "ops.one_each_month": [(1, MANY, 1)],
    "ops.never_written": [],
}
# Files of the partition that has most of them, of tables that are looked at so closely.
MOST = {"ops.many": FEWEST, "ops.one_each_month": FEWEST - 1}


class PlayedSpark:
    """Know the snapshots of tables, and keep what is called."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.asked = ""

    def execute(self, statement: str) -> None:
        """Keep a call, and what is asked."""
        self.asked = statement
        if statement.startswith("call "):
            self.called.append(statement)

    def fetchall(self) -> list[tuple[object, ...]]:
        """Return all snapshots, or the files of a partition."""
        if self.asked.endswith(".partitions"):
            return [(MOST[self.asked.split()[-1].removesuffix(".partitions")],)]
        return [
            (table, number, moment * MICROSECONDS, files, size)
            for table, snapshots in TABLES.items()
            for number, (moment, files, size) in enumerate(snapshots)
        ]


@pytest.mark.parametrize("tables", [TABLES, dict(reversed(TABLES.items()))])
def test_tables_that_are_now_of_many_small_files_are_compacted(tables: dict[str, object]) -> None:
    spark = PlayedSpark()
    assert compact_fragmented(spark, tables) == ["ops.many"]
    assert spark.called == ["call spark_catalog.system.rewrite_data_files(table => 'ops.many')"]
