"""How the shop stands: what ran, how fresh each layer is, what waits in quarantine, what grows."""

from dataclasses import dataclass
from datetime import date, datetime

from loader.server import ServerStatus


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
class BatchScore:
    """Say what share of a batch was accepted: by table, and the least of them, in percent."""

    batch_date: date
    score: float | None
    delivered: dict[str, int]
    accepted: dict[str, int]
    scores: dict[str, float]


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
class State:
    """Hold all of it; `unreachable` says why the database tells nothing."""

    at: datetime
    server: ServerStatus
    disk: Disk
    backup: SavedState | None = None
    unreachable: str | None = None
    runs: tuple[RunState, ...] = ()
    failed_steps: tuple[FailedStep, ...] = ()
    layers: tuple[Layer, ...] = ()
    open_rows: tuple[OpenReason, ...] = ()
    open_by_batch: tuple[int, ...] = ()  # the newest last
    batches: tuple[BatchScore, ...] = ()  # the newest first
    step_times: tuple[StepTime, ...] = ()  # of steps that succeeded, the newest first
    sizes: tuple[TableSize, ...] = ()
    database_bytes: int = 0
