"""Which snapshots of Spark's tables go, and which statements that takes; Spark is played here."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest

from loader.config.settings import Settings
from loader.spark import expire_snapshots

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))
NEW = datetime.now(UTC) - timedelta(minutes=1)
KEPT = frozenset({"publication_8", "publication_9"})
CUSTOMERS, SALES, DATES = "production.customers", "mart_build.fct_sales", "mart_build.dim_dates"
# When each snapshot was made, by its number, and what names one.
SNAPSHOTS = {
    CUSTOMERS: dict.fromkeys((1, 2, 3), NOON - timedelta(days=1)) | {4: NEW},
    SALES: dict.fromkeys((1, 2, 3), NOON - timedelta(days=1)) | {4: NEW},
    DATES: {1: NOON - timedelta(days=1)},
}
NAMED = [
    (CUSTOMERS, "BRANCH", "main", 4),
    (CUSTOMERS, "TAG", "end_of_year", 2),
    (CUSTOMERS, "BRANCH", "mine", 3),
    (SALES, "BRANCH", "main", 4),
    (SALES, "TAG", "publication_7", 2),
    (SALES, "TAG", "publication_8", 3),
    (SALES, "TAG", "publication_9", 4),
    (DATES, "BRANCH", "main", 1),
]


class PlayedSpark:
    """Know the snapshots of each table, and keep what is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def execute(self, statement: str) -> None:
        """Keep a statement."""
        self.asked.append(" ".join(statement.split()))

    def fetchall(self) -> list[tuple[object, ...]]:
        """Return what the last statement asked for."""
        if ".refs" in self.asked[-1]:
            return [*NAMED]
        return [
            (table, number, int(moment.timestamp()) * 1_000_000, 1, 1)
            for table, snapshots in SNAPSHOTS.items()
            for number, moment in snapshots.items()
        ]

    def changes(self) -> list[str]:
        """Return what changed tables, without the orphaned files, which go from each."""
        return [
            one.removeprefix("call spark_catalog.system.")
            for one in self.asked
            if one.startswith(("call ", "alter ")) and "orphan" not in one
        ]


@pytest.fixture
def spark(monkeypatch: pytest.MonkeyPatch) -> PlayedSpark:
    played = PlayedSpark()

    @contextmanager
    def session(_settings: Settings) -> Iterator[PlayedSpark]:
        yield played

    monkeypatch.setattr(expire_snapshots, "session", session)
    monkeypatch.setattr(expire_snapshots, "table_names", lambda _: list(SNAPSHOTS))
    monkeypatch.setattr(expire_snapshots, "kept_tags", lambda *_: KEPT)
    return played


def test_counting_changes_nothing(spark: PlayedSpark, settings: Settings) -> None:
    assert expire_snapshots.count_expired(settings, NOON) == 1 + 2
    assert not any(one.startswith(("call", "alter")) for one in spark.asked)


def test_old_tags_of_publications_and_snapshots_that_nothing_names_go(
    spark: PlayedSpark, settings: Settings
) -> None:
    assert expire_snapshots.expire(settings, NOON) == 3
    older = "older_than => timestamp '2026-03-01 10:00:00.000000', retain_last => 1"
    assert spark.changes() == [
        f"rewrite_data_files(table => '{CUSTOMERS}')",
        f"expire_snapshots( table => '{CUSTOMERS}', {older} )",
        f"alter table {SALES} drop tag `publication_7`",
        f"rewrite_data_files(table => '{SALES}')",
        f"expire_snapshots( table => '{SALES}', {older} )",
    ]
    assert sum("remove_orphan_files" in one for one in spark.asked) == len(SNAPSHOTS)


def test_after_an_erasure_nothing_of_before_is_left_whoever_named_it(
    spark: PlayedSpark, settings: Settings
) -> None:
    assert expire_snapshots.expire_all(settings) == 3 + 2
    assert [one for one in spark.changes() if one.startswith("alter")] == [
        f"alter table {CUSTOMERS} drop tag `end_of_year`",
        f"alter table {CUSTOMERS} drop branch `mine`",
        f"alter table {SALES} drop tag `publication_7`",
    ]
