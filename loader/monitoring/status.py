"""The status of a shop: what ran, how fresh each layer is, what waits in quarantine, what grows."""

from dataclasses import dataclass
from datetime import date, datetime

from loader.database.server import ServerStatus


@dataclass(frozen=True)
class RunState:
    """Describe a run; `step` is the one at work, or the one that failed."""

    run_id: str
    logical_date: date | None
    command: str
    started_at: datetime
    ended_at: datetime | None
    status: str  # running, succeeded, failed, or killed
    step: str | None
    error: str | None


@dataclass(frozen=True)
class FailedStep:
    """Name a step that failed and has not succeeded since."""

    step: str
    error: str
    run_id: str
    logical_date: date | None
    failed_at: datetime


@dataclass(frozen=True)
class Layer:
    """Say how fresh a layer is: the logical date it shows, and when it came to be."""

    name: str
    logical_date: date | None
    at: datetime | None


@dataclass(frozen=True)
class OpenReason:
    """Count the rows of a table that wait in quarantine for a reason, and since which batch."""

    table: str
    reason: str
    count: int
    oldest: date


@dataclass(frozen=True)
class Score:
    """Say what share of a table was good in a dimension, or in `all`; ops.quality_scores has it.

    The lesser of rows and money, in percent; 0 where a test failed; None where a check did not run
    or nothing was delivered.
    """

    table: str
    dimension: str
    rows_pct: float | None
    money_pct: float | None
    check_count: int
    failed_count: int
    missing_count: int
    score: float | None


@dataclass(frozen=True)
class BatchScore:
    """Say how good a batch was: its rows by table, its scores, and the least of them.

    `score` is None where nothing came or a check did not run: what nobody looked at is not good.
    """

    batch_date: date
    score: float | None
    delivered: dict[str, int]
    accepted: dict[str, int]
    scores: tuple[Score, ...]

    @property
    def worst(self) -> Score | None:
        """Return the least score of a whole table."""
        known = [one for one in self.scores if one.dimension == "all" and one.score is not None]
        return min(known, key=lambda one: one.score or 0, default=None)

    def of_table(self, table: str) -> Score | None:
        """Return the score of a whole table."""
        found = (one for one in self.scores if (one.table, one.dimension) == (table, "all"))
        return next(found, None)


@dataclass(frozen=True)
class Anomaly:
    """Compare a measure of the newest batch with the same weekday's before.

    `is_anomaly` is None where these are too few to say.
    """

    batch_date: date
    measure: str
    amount: float
    point_count: int
    usual: float | None
    deviation: float | None
    is_anomaly: bool | None


@dataclass(frozen=True)
class StepTime:
    """Say how long a step took in one of the newest runs, in seconds."""

    step: str
    run_id: str
    seconds: float


@dataclass(frozen=True)
class TableSize:
    """Say how large a table is, and by how much it grew in about a week."""

    name: str
    total_bytes: int
    row_estimate: int
    grown_bytes: int | None


@dataclass(frozen=True)
class Disk:
    """Say how full the file system of the shop's folder is."""

    total_bytes: int
    free_bytes: int

    @property
    def free_pct(self) -> float:
        """Return the share that is free."""
        return 100 * self.free_bytes / self.total_bytes


@dataclass(frozen=True)
class SavedState:
    """Name the newest backup, and whether it was restored in a drill."""

    name: str
    at: datetime
    was_drilled: bool


@dataclass(frozen=True)
class FailedCommand:
    """Say that a command failed, when and why."""

    name: str
    failed_at: datetime
    error: str


@dataclass(frozen=True)
class Status:
    """Hold all of it; `unreachable` says why the database tells nothing."""

    at: datetime
    server: ServerStatus
    disk: Disk
    backup: SavedState | None = None
    failed_commands: tuple[FailedCommand, ...] = ()
    unreadable_backups: tuple[str, ...] = ()
    unreachable: str | None = None
    unfinished_reverts: tuple[str, ...] = ()  # batches being taken back or replaced
    restoring: str | None = None  # which restore has begun and is not complete
    runs: tuple[RunState, ...] = ()
    last_load_at: datetime | None = None  # start of the newest run that took in a batch
    failed_steps: tuple[FailedStep, ...] = ()
    layers: tuple[Layer, ...] = ()
    open_rows: tuple[OpenReason, ...] = ()
    open_by_batch: tuple[int, ...] = ()  # the newest last
    batches: tuple[BatchScore, ...] = ()  # the newest first
    anomalies: tuple[Anomaly, ...] = ()  # of the newest batch
    step_times: tuple[StepTime, ...] = ()  # of steps that succeeded, the newest first
    sizes: tuple[TableSize, ...] = ()
    database_bytes: int = 0
