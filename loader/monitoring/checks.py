"""Check the status: what is wrong, how badly, why, and the command to look closer."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from loader.config.environment import unknown_variables
from loader.config.settings import Settings
from loader.ingest.csv.limits import newest_date
from loader.monitoring.status import Anomaly, Status
from loader.monitoring.unattended import ARCHIVE

DEGRADED, CRITICAL = "degraded", "critical"
EXIT_CODES = {"healthy": 0, DEGRADED: 4, CRITICAL: 5}  # 1 to 3 mean other things
FULL_DISK_PCT = 3.0
GROWING_BATCHES = 3


@dataclass(frozen=True)
class Problem:
    """Say what is wrong and where, its first cause, and the command to look closer.

    `key` is the same as long as it is the same problem.
    """

    key: str
    severity: str
    what: str
    cause: str
    command: str


def problems(state: Status, settings: Settings, expect_by: time | None = None) -> list[Problem]:
    """Return everything that is wrong, what is critical first."""
    found = [
        *_server(state),
        *_restore(state),
        *_revert(state),
        *_runs(state),
        *_commands(state),
        *_future(state),
        *_late(state, expect_by or settings.expect_by),
        *_quality(state, settings),
        *_anomalies(state.anomalies),
        *_quarantine(state),
        *_exports(state),
        *_disk(state, settings),
        *_settings(),
        *_backups(state),
    ]
    return sorted(found, key=lambda problem: problem.severity != CRITICAL)


def health(found: list[Problem]) -> str:
    """Return the one word: healthy, degraded or critical."""
    severities = {problem.severity for problem in found}
    return next((word for word in (CRITICAL, DEGRADED) if word in severities), "healthy")


def _server(state: Status) -> Iterator[Problem]:
    if state.unreachable:
        where = f"{state.server.host}, database {state.server.database}"
        what = f"the database on {where} cannot be used"
        yield Problem("server", CRITICAL, what, state.unreachable, "make up")


def _restore(state: Status) -> Iterator[Problem]:
    if state.restoring:
        yield Problem(
            "restore",
            CRITICAL,
            f"the database holds a part of {state.restoring}, whose restore is not complete",
            "it is at work, was stopped, or what it restored is not what was saved",
            ".venv/bin/loader backup restore",
        )


def _settings() -> Iterator[Problem]:
    for name, meant in unknown_variables().items():
        yield Problem(
            f"setting {name}",
            DEGRADED,
            f"{name} is no setting and has no effect",
            f"{meant} is meant, probably" if meant else "docs/configuration.md lists the settings",
            "grep SHOP_ .environment",
        )


def _backups(state: Status) -> Iterator[Problem]:
    for name in state.unreadable_backups:
        yield Problem(
            f"backup {name}",
            DEGRADED,
            f"backup {name} cannot be read",
            "its manifest.json is missing or damaged",
            ".venv/bin/loader backup list",
        )


def _runs(state: Status) -> Iterator[Problem]:
    for failed in state.failed_steps:
        yield Problem(
            f"step {failed.step}",
            CRITICAL,
            f"step {failed.step} of the run of {failed.logical_date} failed",
            failed.error,
            f"less logs/{failed.run_id}.jsonl",
        )
    for run in state.runs:
        if run.status == "killed":
            yield Problem(
                "killed",
                CRITICAL,
                f"run {run.run_id} of {run.logical_date} was killed in step {run.step}",
                "its process is gone and it did not say why",
                f"make daily DATE={run.logical_date}",
            )


def _revert(state: Status) -> Iterator[Problem]:
    if state.unfinished_reverts:
        batches = ", ".join(state.unfinished_reverts)
        yield Problem(
            "revert",
            CRITICAL,
            f"batch {batches} is being taken back, mart may show earlier days",
            "loader revert-batch or replace-batch is at work, or was stopped",
            "make revert-batch",
        )


def _commands(state: Status) -> Iterator[Problem]:
    for failed in state.failed_commands:
        yield Problem(
            f"command {failed.name}",
            DEGRADED,
            f"{failed.name} failed on {failed.failed_at:%Y-%m-%d %H:%M} UTC",
            failed.error,
            "make report" if failed.name == ARCHIVE else f"make {failed.name}",
        )


def _future(state: Status) -> Iterator[Problem]:
    """Miss nothing of a batch whose date has all later ones refused."""
    newest = newest_date()
    days = [layer.logical_date for layer in state.layers if layer.name == "staging"]
    for day in days:
        if newest and day and day > newest:
            yield Problem(
                "future",
                DEGRADED,
                f"the newest batch is of {day}, a day to come",
                "every batch until then is refused: dates never go back",
                "make revert-batch",
            )


def _late(state: Status, expect_by: time | None) -> Iterator[Problem]:
    """Miss a run with a batch that should have started in the day up to the newest deadline."""
    if expect_by is None or state.unreachable or state.restoring:
        return
    deadline = newest_deadline(state.at, expect_by)
    newest = state.last_load_at
    if newest is None or newest <= deadline - timedelta(days=1):
        since = f"the newest started {newest:%Y-%m-%d %H:%M} UTC" if newest else "none ever started"
        yield Problem(
            "late",
            CRITICAL,
            f"no run started in the day up to {deadline:%Y-%m-%d %H:%M %Z}",
            since,
            "make status",
        )


def newest_deadline(now: datetime, expect_by: time) -> datetime:
    """Return the newest moment, not after now, that had this time of day.

    Where the clock is put back and shows the time twice, the first counts; where it is put forward
    and leaves it out, the moment of the change.
    """
    deadline = now.replace(
        hour=expect_by.hour, minute=expect_by.minute, second=0, microsecond=0, fold=0
    )
    has_passed = deadline <= now or deadline.astimezone(UTC) <= now.astimezone(UTC)
    return deadline if has_passed else deadline - timedelta(days=1)


def _quality(state: Status, settings: Settings) -> Iterator[Problem]:
    """Compare the newest score with the gate; a test that failed has failed its step already."""
    newest = next(iter(state.batches), None)
    if newest is None or newest.score is None or newest.worst is None or newest.worst.failed_count:
        return
    worst = newest.worst
    if newest.score < settings.min_score:
        is_money = worst.money_pct is not None and worst.money_pct < (worst.rows_pct or 0)
        of = f"the money of {worst.table}" if is_money else worst.table
        yield Problem(
            "quality",
            DEGRADED,
            f"{newest.score:.2f} % of {of} of {newest.batch_date} were accepted, the gate is "
            f"{settings.min_score:g} %",
            _first_reason(state, worst.table),
            "make report",
        )


def _first_reason(state: Status, table: str) -> str:
    reasons = [reason for reason in state.open_rows if reason.table == table]
    if not reasons:
        return "no row is open any more; the refused ones were duplicates or were overtaken"
    first = reasons[0]
    return f"most often {first.reason}: {first.count:,} rows open"


def _anomalies(found: tuple[Anomaly, ...]) -> Iterator[Problem]:
    """Tell what dbt found unusual about the newest batch (ops.batch_anomalies)."""
    for one in found:
        if one.is_anomaly:
            what = one.measure if one.measure.startswith("rows") else f"of {one.measure}"
            yield Problem(
                f"anomaly {one.measure}",
                DEGRADED,
                f"{one.amount:,.0f} {what} came on {one.batch_date}, {one.usual:,.0f} are usual",
                f"median of {one.point_count} batches of that weekday; half of them lie within "
                f"{one.deviation:,.0f} of it",
                "make report",
            )


def _quarantine(state: Status) -> Iterator[Problem]:
    counts = state.open_by_batch[-GROWING_BATCHES - 1 :]
    grew = [after > before for before, after in itertools.pairwise(counts)]
    if len(grew) == GROWING_BATCHES and all(grew):
        first = state.open_rows[0] if state.open_rows else None
        yield Problem(
            "quarantine",
            DEGRADED,
            f"rows open in quarantine grow with every batch: {', '.join(map(str, counts))}",
            f"most of {first.table}: {first.reason}, since {first.oldest}" if first else "unknown",
            "make status",
        )


def _exports(state: Status) -> Iterator[Problem]:
    """Compare what is exported with mart, unless a run or revert that will export it is at work."""
    days = {layer.name: layer.logical_date for layer in state.layers}
    mart, exported = days.get("mart"), days.get("exports")
    is_at_work = state.unfinished_reverts or any(run.status == "running" for run in state.runs)
    if mart and mart != exported and not is_at_work:
        yield Problem(
            "exports",
            DEGRADED,
            f"mart shows {mart} and the exports {exported or 'are missing'}",
            "they were not written since: a backup was restored, or steps were run by hand",
            "make export",
        )


def _disk(state: Status, settings: Settings) -> Iterator[Problem]:
    free = state.disk.free_pct
    if free < settings.min_disk_pct:
        yield Problem(
            "disk",
            CRITICAL if free < FULL_DISK_PCT else DEGRADED,
            f"{free:.1f} % of the disk are free, {settings.min_disk_pct:g} % are wanted",
            f"the database takes {state.database_bytes / 1e9:.1f} GB",
            "make prune",
        )
