"""Which snapshots of Spark's tables go, and which statements that takes; Spark is played here."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

import pytest

from loader.config.settings import Settings
from loader.spark import expire_snapshots

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))
EXPIRED = {"production.customers": 3, "mart_build.fct_sales": 0}


class PlayedSpark:
    """Know how many snapshots of each table are old, and keep what is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.row = (0,)

    def execute(self, statement: str) -> None:
        """Keep a statement, and answer how many snapshots are old."""
        self.asked.append(" ".join(statement.split()))
        found = [old for table, old in EXPIRED.items() if f"from {table}.snapshots" in statement]
        self.row = (found[0] if found else 0,)

    def fetchone(self) -> tuple[int]:
        """Return the answer."""
        return self.row

    def calls(self) -> list[str]:
        """Return the procedures that were called, with their tables."""
        return [one for one in self.asked if one.startswith("call ")]


@pytest.fixture
def spark(monkeypatch: pytest.MonkeyPatch) -> PlayedSpark:
    played = PlayedSpark()

    @contextmanager
    def session(_settings: Settings) -> Iterator[PlayedSpark]:
        yield played

    monkeypatch.setattr(expire_snapshots, "session", session)
    monkeypatch.setattr(expire_snapshots, "table_names", lambda _: list(EXPIRED))
    return played


def test_counting_changes_nothing(spark: PlayedSpark, settings: Settings) -> None:
    assert expire_snapshots.count_expired(settings, NOON) == 3
    assert spark.calls() == []
    assert all("timestamp '2026-03-01 10:00:00.000000'" in one for one in spark.asked)


def test_tables_with_old_snapshots_are_written_anew_and_all_lose_orphaned_files(
    spark: PlayedSpark, settings: Settings
) -> None:
    assert expire_snapshots.expire(settings, NOON) == 3
    orphaned = "remove_orphan_files"
    assert [one.partition("(")[0].rpartition(".")[2] for one in spark.calls()] == [
        *("rewrite_data_files", "expire_snapshots", orphaned, orphaned)
    ]
    tables = [one.partition("table => '")[2].partition("'")[0] for one in spark.calls()]
    assert tables == [*("production.customers",) * 3, "mart_build.fct_sales"]
    assert "older_than => timestamp '2026-03-01 10:00:00.000000'" in spark.calls()[1]
    assert "retain_last => 1" in spark.calls()[1]
