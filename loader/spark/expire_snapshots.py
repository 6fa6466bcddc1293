"""Let snapshots of Spark's tables expire: what the tables were before, each with its files.

Iceberg keeps every state that a table was in, so storage grows with the runs. Snapshots expire by
age, with the tags of publications that old; never the newest of either. `loader.backup.prune` knows
the age to keep, an erasure lets all of them expire. Small files are written together first.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from loader.config.settings import Settings
from loader.database.fetch import statements
from loader.spark.compact import compact
from loader.spark.session import session
from loader.spark.snapshots import MAIN, TableState, read_states
from loader.spark.tables import table_names
from loader.spark.tags import PREFIX, kept_tags

SQL = statements(Path(__file__).with_suffix(".sql"))
# Of files that no snapshot names, as a killed statement leaves them; Iceberg refuses younger ones,
# which a statement may still be writing.
ORPHANED = timedelta(days=1)
PUBLICATION = re.compile(rf"{PREFIX}\d+")


def count_expired(settings: Settings, before: datetime) -> int:
    """Return how many snapshots `expire` would remove."""
    kept = kept_tags(settings, before)
    with session(settings) as spark:
        states = read_states(spark, table_names(spark)).values()
    return sum(
        len(_expired(state, before, dict(_dropped(state, kept, of_others=False))))
        for state in states
    )


def expire(settings: Settings, before: datetime) -> int:
    """Remove snapshots of before a moment, and the files that only they have; return how many.

    Small files of the tables are written together, and files that no snapshot names go.

    Raises:
        LoaderError: Spark does not answer, or refuses.
    """
    return _expire(settings, before, of_others=False)


def expire_all(settings: Settings) -> int:
    """Remove all snapshots but the newest, and what anybody named of them; return how many."""
    return _expire(settings, datetime.now(UTC), of_others=True)


def _expire(settings: Settings, before: datetime, *, of_others: bool) -> int:
    count = 0
    kept = kept_tags(settings, before)
    orphaned = datetime.now(UTC) - ORPHANED
    with session(settings) as spark:
        for table, state in read_states(spark, table_names(spark)).items():
            dropped = dict(_dropped(state, kept, of_others=of_others))
            for name, kind in dropped.items():
                spark.execute(SQL["drop"].format(table=table, kind=kind, name=name))
            if expired := _expired(state, before, dropped):
                count += len(expired)
                compact(spark, table)
                spark.execute(SQL["expire"].format(table=table, before=_text(before)))
            spark.execute(SQL["remove_orphans"].format(table=table, orphaned=_text(orphaned)))
    return count


def _dropped(
    state: TableState, kept: frozenset[str], *, of_others: bool
) -> Iterator[tuple[str, str]]:
    """Yield what goes by name, each with its kind: tags of publications, or of others as well."""
    for tag in state.tags.keys() - kept:
        if of_others or PUBLICATION.fullmatch(tag):
            yield tag, "tag"
    if of_others:
        yield from ((branch, "branch") for branch in state.branches.keys() - {MAIN})


def _expired(state: TableState, before: datetime, dropped: dict[str, str]) -> set[int]:
    """Return the snapshots that are too old, but for those that something names."""
    named = {
        snapshot for name, snapshot in (state.tags | state.branches).items() if name not in dropped
    }
    return {
        number
        for number, snapshot in state.snapshots.items()
        if snapshot.committed_at < before and number not in named
    }


def _text(moment: datetime) -> str:
    """Return a moment as Spark reads it, whose sessions are in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
