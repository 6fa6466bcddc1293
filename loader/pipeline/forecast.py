"""Say what a run would do with a batch: run it in a copy of the shop, which is gone afterwards.

The copy is a new embedded server with everything that the database holds, so the time it takes
grows with the database; the forecast is what the same program does there with the same rows.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.backup.create import dump, programs
from loader.backup.restore import restore_dump
from loader.child import Program, run_program
from loader.config.settings import REPOSITORY, Settings, variable
from loader.contract import OPTIONAL
from loader.database import server
from loader.database.embedded.cluster import Cluster
from loader.database.errors import database_errors
from loader.database.fetch import fetch_records, relation_exists, statements
from loader.database.libpq import environment_of
from loader.database.scratch import scratch_folder, scratch_server
from loader.errors import LoaderError
from loader.history.batches import refuse_during_revert, refuse_wrong_batch
from loader.ingest.csv.limits import refuse_future_date
from loader.ingest.load import LoadResult, check, repeated
from loader.monitoring.report import Report, collect

SQL = statements(Path(__file__).with_suffix(".sql"))
# What reaches outside of a shop's folder, and roles, which the copy has none of.
LEFT_OUT = (
    *("alert_urls", "metrics_file", "backup_dir", "roles", "read_host", "landing"),
    *("landing_marker", "exports_url", "site_url", "archive_url", "backup_url"),
)
# Of each file with one: the column that says when, and whether the batch's day has such events.
DATES = {
    "customers": ("registration_date", False),
    "returns": ("return_date", False),
    "transactions": ("transaction_date", True),
}
LATE = timedelta(days=1)  # a batch delivers the sales of its date, or of the day before


@dataclass(frozen=True)
class Period:
    """Give the first and the last date of a column, up to the batch's; None where no row has one.

    `future_count` of `row_count` rows have a later date. `is_event` says that what happens on the
    batch's date has it.
    """

    column: str
    is_event: bool
    first: date | None
    last: date | None
    future_count: int
    row_count: int


@dataclass(frozen=True)
class Forecast:
    """Describe what a run would do with a batch.

    `error` is what would end the run before it publishes, `report` what the run would report,
    None where it would not come so far.
    """

    day: date
    files: LoadResult
    error: str | None
    report: Report | None
    periods: tuple[Period, ...]
    warnings: tuple[str, ...]


def forecast(
    settings: Settings, directory: Path, day: date, lock_descriptor: int | None = None
) -> Forecast:
    """Run a batch in a copy of the shop and return what became of it; nothing of the shop changes.

    Raises:
        LoaderError: a file or the date is refused, or the shop cannot be copied, as one of Spark's.
    """
    if settings.is_on_spark:
        raise LoaderError(
            "what Spark holds is not copied for a forecast: check the files alone (loader check "
            "FOLDER --files-only), or in an empty folder with PostgreSQL (SHOP_ROOT, make check)"
        )
    files = check(directory, day)
    refuse_future_date(day)
    with scratch_folder() as root:
        with (
            database_errors("the shop cannot be copied"),
            server.snapshot(settings, None) as cursor,
        ):
            if relation_exists(cursor, "ops.loads"):
                refuse_during_revert(cursor.connection)
                refuse_wrong_batch(cursor.connection, day)
            version = programs(cursor.connection.server_version // 10_000)
            dump(cursor, settings, root / "copy.dump")
        with scratch_server(version) as parameters:
            program = str(Cluster.program_of(version, "pg_restore"))
            restore_dump(root / "copy.dump", parameters, program, (), lock_descriptor)
            error = _run(root, directory.resolve(), day, parameters, lock_descriptor)
            with (
                database_errors("the copy cannot be read"),
                closing(server.open_session(parameters)) as connection,
                connection.cursor() as cursor,
            ):
                return _collect(cursor, files, day, error)


def _run(
    root: Path,
    directory: Path,
    day: date,
    parameters: Mapping[str, str | int],
    lock_descriptor: int | None,
) -> str | None:
    """Load and build the batch in the copy; return what ended the run, None where nothing did."""
    environment = {
        **{variable(name): "" for name in LEFT_OUT},
        **environment_of(parameters),
        "DBT_TARGET_PATH": str(root / "target"),
        "DBT_LOG_PATH": str(root / "dbt_logs"),
        variable("root"): str(root),
        variable("engine"): "postgres",
    }
    steps = ("load", "build", "--date", day.isoformat(), "--landing", str(directory))
    command = (sys.executable, "-m", "loader", "run", *steps)
    said: list[str] = []
    if not run_program(Program(command, REPOSITORY, environment), said.append, lock_descriptor):
        return None
    start = max((i for i, line in enumerate(said) if line.startswith("error: ")), default=-1)
    message = [line.removeprefix("error: ") for line in said[start:]]
    return "\n".join(line for line in message if not line.startswith("see "))


def _collect(cursor: Cursor, files: LoadResult, day: date, error: str | None) -> Forecast:
    is_built = relation_exists(cursor, "ops.batch_counts")
    periods = tuple(_periods(cursor, day)) if is_built else ()
    return Forecast(
        day,
        files,
        error,
        _report(cursor, day),
        periods,
        (*files.warnings, *repeated(cursor, files), *implausible(periods, day)),
    )


def _periods(cursor: Cursor, day: date) -> Iterator[Period]:
    for table, (column, is_event) in DATES.items():
        statement = SQL["period"].format(table=table, column=column, is_event=is_event)
        (period,) = fetch_records(cursor, statement, Period, {"day": day})
        if period.row_count or table not in OPTIONAL:
            yield period


def _report(cursor: Cursor, day: date) -> Report | None:
    try:
        return collect(cursor, day)
    except LoaderError:  # the build did not come so far
        return None


def implausible(periods: tuple[Period, ...], day: date) -> Iterator[str]:
    """Warn of a batch whose sales are not of its date."""
    for period in periods:
        if 2 * period.future_count > period.row_count:
            yield (
                f"{period.column} is after the batch's date {day} in {period.future_count:,} of "
                f"{period.row_count:,} rows: give the batch its own date, --date"
            )
        elif period.is_event and period.last and period.last < day - LATE:
            yield (
                f"{period.column} ends {(day - period.last).days} days before the batch's date "
                f"{day}: is it the batch of {period.last}?"
            )
