"""Read what is on record about the quality of batches: scores, and what was unusual.

docs/quality.md says what they mean. dbt computes them, once; everything that shows a score reads it
here.
"""

from collections import defaultdict
from datetime import date
from pathlib import Path

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.contract import TABLES
from loader.database.fetch import fetch_records, relation_exists, statements
from loader.monitoring.status import Anomaly, BatchScore, Score

SQL = statements(Path(__file__).with_suffix(".sql"))


def batch_scores(cursor: Cursor, limit: int, until: date | None = None) -> tuple[BatchScore, ...]:
    """Return the newest batches, up to a date, with their scores; the newest first."""
    if not relation_exists(cursor, "ops.batch_counts"):
        return ()
    cursor.execute(SQL["batches"], (until, limit))
    batches = cursor.fetchall()
    if not batches:
        return ()
    cursor.execute(SQL["scores"], ([day for day, _ in batches], list(TABLES)))
    by_day = defaultdict(list)
    for day, *values in cursor.fetchall():
        by_day[day].append(Score(*values))
    return tuple(_batch(day, counts, tuple(by_day[day])) for day, counts in batches)


def _batch(day: date, counts: dict[str, list[int]], scores: tuple[Score, ...]) -> BatchScore:
    tables = {table: counts[table] for table in TABLES if table in counts}
    return BatchScore(
        day,
        day_score(scores),
        {table: delivered for table, (delivered, _) in tables.items()},
        {table: accepted for table, (_, accepted) in tables.items()},
        scores,
    )


def day_score(scores: tuple[Score, ...]) -> float | None:
    """Return the least of a day's scores; None as soon as one check did not run."""
    if any(one.missing_count for one in scores):
        return None
    return min((one.score for one in scores if one.score is not None), default=None)


def anomalies(cursor: Cursor, day: date) -> tuple[Anomaly, ...]:
    """Return what a batch was compared in, unusual or not."""
    if not relation_exists(cursor, "ops.batch_anomalies"):
        return ()
    return fetch_records(cursor, SQL["anomalies"], Anomaly, (day,))
