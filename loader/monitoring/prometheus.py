"""The shop's figures for Prometheus: a file that node_exporter's textfile collector reads."""

from collections.abc import Iterable
from datetime import UTC, datetime, time

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from loader.config.settings import Settings
from loader.monitoring.checks import EXIT_CODES, Problem, health
from loader.monitoring.status import Status


def write_metrics(state: Status, found: list[Problem], settings: Settings) -> None:
    """Write the file anew, whole or not at all."""
    settings.metrics_path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(settings.metrics_path), registry(state, found))
    settings.metrics_path.chmod(0o644)  # no secret in it, and the exporter is another user


def registry(state: Status, found: list[Problem]) -> CollectorRegistry:
    """Return the figures; what is not known has no sample."""
    into = CollectorRegistry()
    levels = list(EXIT_CODES)
    _gauge(into, "health", "0 healthy, 1 degraded, 2 critical", levels.index(health(found)))
    _gauge(into, "up", "Whether the database answered", not state.unreachable)
    _runs(into, state)
    _batches(into, state)
    _layers(into, state)
    if state.backup:
        _gauge(into, "last_backup_timestamp_seconds", "Time of the newest backup", state.backup.at)
    _gauge(into, "database_bytes", "Size of the database", state.database_bytes)
    sizes = {(table.name,): table.total_bytes for table in state.sizes}
    _family(into, "table_bytes", "Size with indexes", ["relation"], sizes.items())
    return into


def _runs(into: CollectorRegistry, state: Status) -> None:
    newest = next((run for run in state.runs if run.ended_at), None)
    if newest:
        text = "Start of the newest ended run"
        _gauge(into, "last_run_timestamp_seconds", text, newest.started_at)
        text = "Whether the newest ended run succeeded"
        _gauge(into, "last_run_succeeded", text, newest.status == "succeeded")
    text = "Steps that failed and have not succeeded since"
    _gauge(into, "failed_steps", text, len(state.failed_steps))
    # the newest stays
    times = {(one.step,): one.seconds for one in reversed(state.step_times)}
    text = "Time of the step when it last succeeded"
    _family(into, "step_duration_seconds", text, ["step"], times.items())


def _batches(into: CollectorRegistry, state: Status) -> None:
    waiting = {(reason.table, reason.reason): reason.count for reason in state.open_rows}
    text = "Open rows by reason; one with two reasons counts twice"
    _family(into, "quarantine_open_rows", text, ["table", "reason"], waiting.items())
    if not state.batches:
        return
    newest = state.batches[0]
    rows = {}
    for table, delivered in newest.delivered.items():
        rows[table, "accepted"] = newest.accepted[table]
        rows[table, "rejected"] = delivered - newest.accepted[table]
    _family(into, "batch_rows", "Rows of the newest batch", ["table", "status"], rows.items())
    if newest.score is not None:
        _gauge(into, "quality_score_pct", "Least score over the tables", newest.score)
    scores = {(one.table, one.dimension): one.score for one in newest.scores}
    text = "Score of the newest batch; none where a check did not run"
    _family(into, "quality_pct", text, ["table", "dimension"], scores.items())
    unusual = {(measured.measure,): measured.is_anomaly for measured in state.anomalies}
    text = "Whether it is, beside the same weekday; none where days are too few"
    _family(into, "batch_unusual", text, ["measure"], unusual.items())


def _layers(into: CollectorRegistry, state: Status) -> None:
    layers = {layer.name: layer for layer in state.layers}
    mart, staging = layers.get("mart"), layers.get("staging")
    if mart and mart.at and mart.logical_date:
        _gauge(into, "last_success_timestamp_seconds", "Time of the newest publication", mart.at)
        midnight = datetime.combine(mart.logical_date, time.min, UTC)
        _gauge(into, "published_date_timestamp_seconds", "Logical date of it", midnight)
        if staging and staging.logical_date:
            lag = (staging.logical_date - mart.logical_date).total_seconds()
            text = "By how much logical time the mart is behind staging"
            _gauge(into, "publication_lag_seconds", text, lag)


def _gauge(into: CollectorRegistry, name: str, text: str, value: float | datetime) -> None:
    seconds = value.timestamp() if isinstance(value, datetime) else value
    Gauge(f"shop_{name}", text, registry=into).set(seconds)


def _family(
    into: CollectorRegistry,
    name: str,
    text: str,
    labels: list[str],
    samples: Iterable[tuple[tuple[str, ...], float | None]],
) -> None:
    """Add a figure with labels; None has no sample."""
    gauge = Gauge(f"shop_{name}", text, labels, registry=into)
    for values, sample in samples:
        if sample is not None:
            gauge.labels(*values).set(sample)
