"""Remove what is older than it has to be kept: landing, logs, records of runs, Spark's snapshots.

Never the newest, never what a replay needs: files of a batch stay until the batch is archived, the
records of loads and publications stay for ever, and the archive itself is not changed.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812

from loader.config.settings import Settings
from loader.database import server
from loader.database.errors import database_errors
from loader.database.fetch import statements
from loader.database.schema import ensure_schema
from loader.history.batches import batch_in_staging
from loader.ingest.archive import newest_of
from loader.spark.expire_snapshots import count_expired, expire

SQL = statements(Path(__file__).with_suffix(".sql"))
RECORDS = ("node_results", "invocations", "steps", "table_sizes", "runs")


@dataclass(frozen=True)
class Pruned:
    """Hold what was removed, or would be: paths with their bytes, rows by table, and snapshots."""

    paths: dict[Path, int]
    rows: dict[str, int]
    snapshots: int | None  # of Spark's tables, where a shop is there


def prune(settings: Settings, *, for_good: bool) -> Pruned:
    """Find what is too old, remove it when `for_good`, and return what it was.

    Raises:
        LoaderError: Spark does not answer, or an archived batch is not what it was; no file and no
            record is removed.
    """
    now = datetime.now(UTC)
    snapshots = None
    if settings.is_on_spark:  # first: where Spark does not answer, nothing is removed
        before = now - timedelta(days=settings.keep_days)
        snapshots = (expire if for_good else count_expired)(settings, before)
    with closing(server.connect(settings, None)) as connection:
        ensure_schema(connection)
        old = [
            *_landing(settings, connection, settings.keep_days),
            *_logs(settings, connection, now - timedelta(days=settings.keep_days)),
        ]
        paths = {path: _size(path) for path in old}
        rows = _records(connection, now - timedelta(days=settings.keep_record_days))
        if for_good:
            for path in paths:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            connection.commit()
    return Pruned(paths, rows, snapshots)


def _landing(settings: Settings, connection: Connection, keep_days: int) -> Iterator[Path]:
    """Yield the folders of batches that are old by logical time, loaded and archived."""
    staged = batch_in_staging(connection)
    if staged is None or not settings.landing_dir.is_dir():
        return
    first_kept = staged.batch_date - timedelta(days=keep_days)
    with connection.cursor() as cursor:
        cursor.execute("select distinct batch_date from ops.loads")
        loaded = {day for (day,) in cursor.fetchall()}
    for path in sorted(settings.landing_dir.iterdir()):
        day = _day(path.name)
        if day and day in loaded and day < first_kept and _is_archived(settings, day):
            yield path


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def _is_archived(settings: Settings, day: date) -> bool:
    """Return whether the archive has the batch; raise where its files are not what they were."""
    batch = newest_of(settings, day)
    if batch:
        batch.check()
    return batch is not None


def _logs(settings: Settings, connection: Connection, before: datetime) -> Iterator[Path]:
    """Yield old logs of runs, but neither the newest run's nor the newest failed one's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select max(run_id) from ops.runs"
            " union select max(run_id) from ops.runs where status = 'failed'"
        )
        kept = tuple(run_id for (run_id,) in cursor.fetchall() if run_id)
    for path in sorted(settings.logs_dir.glob("*.jsonl*")):
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if written < before and not path.name.startswith(kept):
            yield path


def _records(connection: Connection, before: datetime) -> dict[str, int]:
    """Delete old records in a transaction that the caller commits or leaves."""
    rows = {}
    with database_errors("nothing was pruned"), connection.cursor() as cursor:
        for table in RECORDS:
            cursor.execute(SQL[table], {"before": before})
            rows[f"ops.{table}"] = cursor.rowcount
    return rows


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
