"""Prove a backup: restore it into a server made for it, compare every table, and build on it."""

import itertools
import tarfile
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812

from loader.atomic import read_json, write_json
from loader.backup.create import ARCHIVE, DUMP, Backup, check, programs
from loader.backup.fingerprint import Fingerprint, fingerprints
from loader.backup.restore import assert_as_saved, differences, differences_to, restore_dump
from loader.child import run_program
from loader.config.settings import Settings
from loader.database import server
from loader.database.embedded.cluster import Cluster
from loader.database.fetch import fetch_value, relation_exists, statements
from loader.database.libpq import environment_of
from loader.database.profile import write_profile
from loader.database.schema import ensure_schema
from loader.database.scratch import scratch_server
from loader.dbt.events import Event, read_event
from loader.dbt.program import BUILD, dbt_program
from loader.errors import LoaderError

SQL = statements(Path(__file__).with_suffix(".sql"))

REPORT = "drill.json"
PUBLISHED = "Every node built, every test passed: publishing."
# What the same day, built once more, must leave as it is.
STAYING = ("production.", "quarantine.", "snapshots.", "mart.")


@dataclass(frozen=True)
class DrillReport:
    """Say how a drill went: what was compared, and how long each part took, in seconds.

    `is_built` says whether the restored copy was built and published once more; it is not where
    the batch that was saved had not been published, nor where Spark builds.
    """

    backup: str
    drilled_at: str
    table_count: int
    row_count: int
    differences: tuple[str, ...]
    archived_files: int | None
    is_built: bool
    check_seconds: float
    start_seconds: float
    restore_seconds: float
    compare_seconds: float
    build_seconds: float

    @property
    def seconds(self) -> float:
        """Return the time from nothing to a database that is known to be right, and to go on."""
        parts = (self.check_seconds, self.start_seconds, self.restore_seconds)
        return round(sum(parts) + self.compare_seconds + self.build_seconds, 1)


def drill(settings: Settings, folder: Path, backup: Backup) -> DrillReport:
    """Restore a backup into a new server, compare every table, and let the next build run on it.

    The report is written as drill.json beside the backup.

    Raises:
        LoaderError: a file has changed, the restored database is not the one that was saved, or
            its next build fails or changes what the same day must leave as it is.
    """
    times = [time.monotonic()]

    def lap() -> None:
        times.append(time.monotonic())

    check(folder, backup)
    lap()
    version = programs(backup.server_version)
    with scratch_server(version) as parameters:
        lap()
        program = str(Cluster.program_of(version, "pg_restore"))
        restore_dump(folder / backup.name / DUMP, parameters, program)
        lap()
        with closing(server.open_session(parameters)) as connection, connection.cursor() as cursor:
            found = differences_to(cursor, backup)
        lap()
        is_built = False
        if not found and not settings.is_on_spark:
            is_built, found = _next_build(settings, parameters)
        lap()
    parts = [round(after - before, 1) for before, after in itertools.pairwise(times)]
    report = DrillReport(
        backup.name,
        datetime.now(UTC).isoformat(timespec="seconds"),
        len(backup.tables),
        sum(table.rows for table in backup.tables.values()),
        found,
        _archived_files(folder, backup),
        is_built,
        *parts,
    )
    write_json(folder / backup.name / REPORT, asdict(report) | {"seconds": report.seconds})
    assert_as_saved(backup, report.differences)
    return report


def was_drilled(saved: Path) -> bool:
    """Return whether the backup in a folder was restored in a drill that found it right."""
    report: dict[str, object] = read_json(saved / REPORT, {})
    return report.get("differences") == []


def _next_build(
    settings: Settings, parameters: Mapping[str, str | int]
) -> tuple[bool, tuple[str, ...]]:
    """Build, test and publish the batch of a restored database again; say what that changed."""
    with closing(server.open_session(parameters)) as connection:
        if not _is_published(connection):
            return False, ()
        ensure_schema(connection)
        before, columns = _state(connection)
        _build(settings, parameters)
        after, new_columns = _state(connection)
    # a newer release may have brought a table to other columns
    comparable = {name for name in before if columns[name] == new_columns.get(name)}
    said = differences(
        {name: before[name] for name in comparable},
        {name: after[name] for name in after if name in comparable},
    )
    return True, tuple(f"after its next build {difference}" for difference in said)


def _is_published(connection: Connection) -> bool:
    with connection, connection.cursor() as cursor:
        if not relation_exists(cursor, "ops.publications"):
            return False
        cursor.execute(SQL["is_published"])
        return fetch_value(cursor, bool)


def _state(connection: Connection) -> tuple[dict[str, Fingerprint], dict[str, list[str]]]:
    """Return fingerprints of the tables that must stay as they are, and the columns of all."""
    with connection, connection.cursor() as cursor:
        cursor.execute(SQL["columns"])
        columns = dict(cursor.fetchall())
        found = fingerprints(cursor)
    return {name: one for name, one in found.items() if name.startswith(STAYING)}, columns


def _build(settings: Settings, parameters: Mapping[str, str | int]) -> None:
    """Let dbt build the restored database as a run does, with files of its own."""
    write_profile(settings)
    with tempfile.TemporaryDirectory(prefix="shop-drill-") as target:
        environment = environment_of(parameters) | {
            "DBT_TARGET_PATH": target,
            "DBT_LOG_PATH": target,
            "SHOP_RUN_ID": "",
        }
        events: list[Event] = []
        program = dbt_program(settings, BUILD, environment)
        code = run_program(program, lambda line: events.append(read_event(line)))
    if code or not any(PUBLISHED in event.lines for event in events):
        errors = [event for event in events if event.level == "error"] or events[-1:]
        failed = [line for event in errors for line in event.lines] or ["no message"]
        raise LoaderError(
            "the restored database is what was saved, but its next build failed:\n"
            + "\n".join(failed)
        )


def _archived_files(folder: Path, backup: Backup) -> int | None:
    """Read the archived batches to their end and count the files; None where there are none."""
    if ARCHIVE not in backup.files:
        return None
    with tarfile.open(folder / backup.name / ARCHIVE) as tar:
        files = (Path(member.name) for member in tar if member.isfile())
        return sum(path.name[0] != "." for path in files)  # that of its copy is no batch's
