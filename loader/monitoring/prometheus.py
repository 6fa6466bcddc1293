"""The shop's figures for Prometheus: a file that node_exporter's textfile collector reads."""

from datetime import UTC, date, datetime

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
    size = Gauge("shop_table_bytes", "Size with indexes", ["relation"], registry=into)
    for table in state.sizes:
        size.labels(table.name).set(table.total_bytes)
    return into


def _runs(into: CollectorRegistry, state: Status) -> None:
    ended = [run for run in state.runs if run.ended_at]
    if ended:
        newest = ended[0]
        succeeded = newest.status == "succeeded"
        _gauge(
            into, "last_run_timestamp_seconds", "Start of the newest ended run", newest.started_at
        )
        _gauge(into, "last_run_succeeded", "Whether the newest ended run succeeded", succeeded)
    _gauge(
        into,
        "failed_steps",
        "Steps that failed and have not succeeded since",
        len(state.failed_steps),
    )
    duration = Gauge(
        "shop_step_duration_seconds",
        "Time of the step when it last succeeded",
        ["step"],
        registry=into,
    )
    for time in reversed(state.step_times):  # the newest stays
        duration.labels(time.step).set(time.seconds)


def _batches(into: CollectorRegistry, state: Status) -> None:
    waiting = Gauge(
        "shop_quarantine_open_rows", "Open rows by reason; one with two reasons counts twice",
        ["table", "reason"], registry=into,
    )  # fmt: skip
    for reason in state.open_rows:
        waiting.labels(reason.table, reason.reason).set(reason.count)
    if not state.batches:
        return
    newest = state.batches[0]
    rows = Gauge("shop_batch_rows", "Rows of the newest batch", ["table", "verdict"], registry=into)
    for table, delivered in newest.delivered.items():
        accepted = newest.accepted[table]
        rows.labels(table, "accepted").set(accepted)
        rows.labels(table, "rejected").set(delivered - accepted)
    if newest.score is not None:
        _gauge(into, "quality_score_pct", "Least score over the tables", newest.score)
    scores = Gauge(
        "shop_quality_pct", "Score of the newest batch; none where a check did not run",
        ["table", "dimension"], registry=into,
    )  # fmt: skip
    for one in newest.scores:
        if one.score is not None:
            scores.labels(one.table, one.dimension).set(one.score)
    unusual = Gauge(
        "shop_batch_unusual", "Whether it is, beside the same weekday; none where days are too few",
        ["measure"], registry=into,
    )  # fmt: skip
    for measured in state.anomalies:
        if measured.is_unusual is not None:
            unusual.labels(measured.measure).set(measured.is_unusual)


def _layers(into: CollectorRegistry, state: Status) -> None:
    layers = {layer.name: layer for layer in state.layers}
    mart, staging = layers.get("mart"), layers.get("staging")
    if mart and mart.at and mart.logical_date:
        _gauge(into, "last_success_timestamp_seconds", "Time of the newest publication", mart.at)
        _gauge(
            into,
            "published_date_timestamp_seconds",
            "Logical date of it",
            _midnight(mart.logical_date),
        )
        if staging and staging.logical_date:
            lag = (staging.logical_date - mart.logical_date).total_seconds()
            text = "By how much logical time the mart is behind staging"
            _gauge(into, "publication_lag_seconds", text, lag)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _gauge(into: CollectorRegistry, name: str, text: str, value: float | datetime) -> None:
    seconds = value.timestamp() if isinstance(value, datetime) else value
    Gauge(f"shop_{name}", text, registry=into).set(seconds)
