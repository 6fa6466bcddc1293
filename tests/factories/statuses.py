"""A healthy status of a shop, and the batches and runs that tests put into it."""

from datetime import UTC, date, datetime, timedelta

from loader.database.server import ServerStatus
from loader.monitoring.status import BatchScore, Disk, RunState, Score, Status

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
SERVER = ServerStatus(True, True, "18.4", "/socket", "5432", "postgres", "shop")
GOOD = Status(NOW, SERVER, Disk(100, 50))


def batch(days_ago: int, rows: int, accepted: int | None = None) -> BatchScore:
    taken = rows if accepted is None else accepted
    pct = 100 * taken / rows if rows else None
    score = Score("customers", "all", pct, None, 5, 0, 0, pct)
    day = date(2026, 11, 22) - timedelta(days=days_ago)
    return BatchScore(day, pct, {"customers": rows}, {"customers": taken}, (score,))


def run_of(started: datetime, status: str = "succeeded") -> RunState:
    return RunState("r", started.date(), "build", started, started, status, "build", None)
