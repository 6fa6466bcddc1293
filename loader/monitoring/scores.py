"""Read what is on record about the quality of batches: scores, and what was unusual.

docs/quality.md says what they mean. dbt computes them, once; everything that shows a score reads it
here.
"""

from collections import defaultdict
from datetime import date

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.contract import TABLES
from loader.database.fetch import relation_exists
from loader.monitoring.status import Anomaly, BatchScore, Score

BATCHES = """
select batch_date, jsonb_object_agg(table_name, array[delivered_count, accepted_count])
from ops.batch_counts
where batch_date <= coalesce(%s::date, 'infinity')
group by batch_date
order by batch_date desc
limit %s
"""
SCORES = """
select
    batch_date, table_name, dimension, rows_pct::float, money_pct::float, check_count, failed_count,
    missing_count, score::float
from ops.quality_scores
where batch_date = any(%s)
order by batch_date, array_position(%s, table_name), dimension <> 'all', dimension
"""
ANOMALIES = """
select
    batch_date, measure, amount::float, point_count, usual_amount::float, usual_deviation::float,
    is_unusual
from ops.batch_anomalies
where batch_date = %s
order by measure
"""


def batch_scores(cursor: Cursor, limit: int, until: date | None = None) -> tuple[BatchScore, ...]:
    """Return the newest batches, up to a date, with their scores; the newest first."""
    if not relation_exists(cursor, "ops.batch_counts"):
        return ()
    cursor.execute(BATCHES, (until, limit))
    batches = cursor.fetchall()
    if not batches:
        return ()
    cursor.execute(SCORES, ([day for day, _ in batches], list(TABLES)))
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
    cursor.execute(ANOMALIES, (day,))
    return tuple(Anomaly(*row) for row in cursor.fetchall())
