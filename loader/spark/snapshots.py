"""The snapshots of Spark's tables, and the branches and tags that name some of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING

from loader.database.fetch import statements

if TYPE_CHECKING:
    from pyhive import hive

SQL = statements(Path(__file__).with_suffix(".sql"))
MAIN = "main"  # the branch that everybody reads and writes
ASKED_AT_ONCE = 25  # tables; a statement about all of them takes Spark long to plan
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Snapshot:
    """Say when a table was in a state, and in how many files of how many bytes it is."""

    committed_at: datetime
    file_count: int
    byte_count: int


@dataclass(frozen=True)
class TableState:
    """Hold the snapshots of a table, by their ids, and which of them its branches and tags name."""

    snapshots: dict[int, Snapshot] = field(default_factory=dict)
    branches: dict[str, int] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)

    @property
    def current(self) -> int | None:
        """Return the id of the newest state; none where nothing was ever written."""
        return self.branches.get(MAIN)


def read_states(spark: "hive.Cursor", tables: Iterable[str]) -> dict[str, TableState]:
    """Return how each table is."""
    states = {
        table: TableState(snapshots) for table, snapshots in read_snapshots(spark, tables).items()
    }
    for table, kind, name, snapshot_id in _rows(spark, "references", states):
        named = states[table].tags if kind == "TAG" else states[table].branches
        named[name] = int(snapshot_id)
    return states


def read_snapshots(spark: "hive.Cursor", tables: Iterable[str]) -> dict[str, dict[int, Snapshot]]:
    """Return the snapshots of each table by their ids."""
    found: dict[str, dict[int, Snapshot]] = {table: {} for table in tables}
    for table, *values in _rows(spark, "snapshots", found):
        snapshot_id, microseconds, *sizes = map(int, values)
        found[table][snapshot_id] = Snapshot(EPOCH + timedelta(microseconds=microseconds), *sizes)
    return found


def _rows(spark: "hive.Cursor", question: str, tables: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield the answers for all tables, each with the table's name."""
    for some in batched(tables, ASKED_AT_ONCE):
        spark.execute("union all ".join(SQL[question].format(table=table) for table in some))
        yield from spark.fetchall()
