"""One page about a run, for people: exports/run_report.html. It needs no network and no script."""

import statistics
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.atomic import write_text
from loader.config.settings import Settings
from loader.database import server
from loader.database.errors import database_errors
from loader.database.fetch import fetch_records, statements
from loader.errors import LoaderError
from loader.monitoring.report import Report, collect
from loader.monitoring.scores import batch_scores

PAGE = "run_report.html"
TEMPLATE = "run_report.html.j2"
HISTORY = 20  # runs that a step is compared with
SPARK_WIDTH, SPARK_HEIGHT = 132, 28

Point = tuple[float, float]

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True)
class StepLine:
    """Describe an attempt of a step beside its own history; `spark` has the line through that."""

    step: str
    attempt: int
    status: str
    rows_in: int | None
    accepted: int | None
    rejected: int | None
    error: str | None
    seconds: float
    usual: float | None = None
    spark: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Change:
    """Say how a relation of the mart changed by the run's publication."""

    relation: str
    rows: int
    inserted: int
    deleted: int


@dataclass(frozen=True)
class RunPage:
    """Hold everything on the page; `report` is None where the batch was not built."""

    run_id: str
    logical_date: date
    status: str
    error: str | None
    started_at: datetime
    seconds: float
    steps: tuple[StepLine, ...]
    changes: tuple[Change, ...]
    report: Report | None
    min_score: float
    scores: tuple[float, ...]  # of the days up to this one that have one, the newest last

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Return the dimensions of quality that were validated."""
        found = {one.dimension for one in self.report.scores} if self.report else set()
        return tuple(sorted(found - {"all"}))

    @property
    def score_spark(self) -> tuple[Point, ...]:
        """Return the points of a line through the scores, none for a single one."""
        return spark_points(self.scores) if len(self.scores) > 1 else ()


def write_page(settings: Settings, run_id: str, min_score: float) -> Path:
    """Write the page about a run and return its path; scores below `min_score` stand out.

    Raises:
        LoaderError: the run is not on record, or the database cannot be read.
    """
    with database_errors("no page"), server.snapshot(settings) as cursor:
        page = _page(cursor, run_id, min_score)
    path = settings.exports_dir / PAGE
    write_text(path, render(page))
    return path


def render(page: RunPage) -> str:
    """Return the page as HTML."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"number": _number, "duration": duration, "percent": _percent}
    templates.globals |= {"width": SPARK_WIDTH, "height": SPARK_HEIGHT}
    return templates.get_template(TEMPLATE).render(page=page)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,}"


def _percent(value: float | None, sign: str = " %") -> str:
    return "-" if value is None else f"{value:.2f}{sign}"


def duration(seconds: float | None) -> str:
    """Return a time as people say it."""
    if seconds is None:
        return "-"
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _page(cursor: Cursor, run_id: str, min_score: float) -> RunPage:
    cursor.execute(SQL["run"], (run_id,))
    run = cursor.fetchone()
    if run is None:
        raise LoaderError(f"run {run_id} is not on record")
    day, status, error, started_at, seconds = run
    lines = fetch_records(cursor, SQL["steps"], StepLine, (run_id,))
    steps = tuple(_step(cursor, run_id, line) for line in lines)
    changes = fetch_records(cursor, SQL["changes"], Change, (run_id,))
    try:
        report = collect(cursor, day, run_id)
    except LoaderError:  # it was not built
        report = None
    batches = batch_scores(cursor, HISTORY, day) if report else ()
    scores = tuple(one.score for one in reversed(batches) if one.score is not None)
    return RunPage(
        run_id,
        day,
        status,
        error,
        started_at,
        seconds,
        steps,
        changes,
        report,
        min_score,
        scores,
    )


def _step(cursor: Cursor, run_id: str, line: StepLine) -> StepLine:
    values = (line.step, run_id, HISTORY)
    earlier = fetch_records(cursor, SQL["earlier_times"], float, values)[::-1]
    if not earlier:
        return line
    spark = spark_points((*earlier, line.seconds))
    return replace(line, usual=statistics.median(earlier), spark=spark)


def spark_points(values: tuple[float, ...]) -> tuple[Point, ...]:
    """Return the points of a line through the values, zero at the bottom."""
    margin = 3
    highest = max(values) or 1
    across = (SPARK_WIDTH - 2 * margin) / max(len(values) - 1, 1)
    up = SPARK_HEIGHT - 2 * margin
    return tuple(
        (margin + place * across, SPARK_HEIGHT - margin - up * value / highest)
        for place, value in enumerate(values)
    )
