"""Restore a backup: into a server that is made for it and compared table by table, or for good."""

import itertools
import json
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
from psycopg2 import sql

from loader.backup.create import (
    ARCHIVE,
    DUMP,
    Backup,
    check,
    opened,
    programs,
    run_program,
)
from loader.database import server
from loader.database.embedded.cluster import SUPERUSER, Cluster
from loader.database.embedded.sockets import PORT
from loader.database.errors import database_errors
from loader.database.fingerprint import Fingerprint, fingerprints
from loader.errors import LoaderError
from loader.ingest.archive import archive_dir
from loader.settings import Settings

REPORT = "drill.json"
JOBS = 2


@dataclass(frozen=True)
class DrillReport:
    """Say how a drill went: what was compared, and how long each part took, in seconds."""

    backup: str
    drilled_at: str
    table_count: int
    row_count: int
    differences: tuple[str, ...]
    archived_files: int | None
    check_seconds: float
    start_seconds: float
    restore_seconds: float
    compare_seconds: float

    @property
    def seconds(self) -> float:
        """Return the time from nothing to a database that is known to be right."""
        return round(
            self.check_seconds + self.start_seconds + self.restore_seconds + self.compare_seconds, 1
        )


def drill(folder: Path, backup: Backup) -> DrillReport:
    """Restore a backup into a new server, compare every table, and write drill.json beside it.

    Raises:
        LoaderError: a file has changed, or the restored database is not the one that was saved.
    """
    times = [time.monotonic()]

    def lap() -> None:
        times.append(time.monotonic())

    check(folder, backup)
    lap()
    version = programs(backup.server_version)
    with _new_server(version) as parameters:
        lap()
        _restore(folder, backup, parameters, version)
        lap()
        with closing(psycopg2.connect(**parameters)) as connection, connection.cursor() as cursor:
            found = fingerprints(cursor)
        lap()
    parts = [round(after - before, 1) for before, after in itertools.pairwise(times)]
    report = DrillReport(
        backup.name,
        datetime.now(UTC).isoformat(timespec="seconds"),
        len(backup.tables),
        sum(table.rows for table in backup.tables.values()),
        tuple(differences(backup.tables, found)),
        _archived_files(folder, backup),
        *parts,
    )
    text = json.dumps(asdict(report) | {"seconds": report.seconds}, indent=2) + "\n"
    (folder / backup.name / REPORT).write_text(text, encoding="utf-8")
    if report.differences:
        raise LoaderError(
            f"backup {backup.name} was restored and is not what was saved: "
            + "; ".join(report.differences)
        )
    return report


def differences(saved: dict[str, Fingerprint], found: dict[str, Fingerprint]) -> Iterator[str]:
    """Say how restored tables differ from those that were saved."""
    for table in sorted({*saved, *found}):
        if table not in found:
            yield f"{table} is missing"
        elif table not in saved:
            yield f"{table} was not saved"
        elif saved[table].rows != found[table].rows:
            yield f"{table} has {found[table].rows:,} rows and not {saved[table].rows:,}"
        elif saved[table] != found[table]:
            yield f"{table} has as many rows, but others"


def restore(settings: Settings, folder: Path, backup: Backup) -> None:
    """Restore a backup into the shop's database, which must be empty, and the archived batches.

    Raises:
        LoaderError: the database holds tables, or a program failed.
    """
    check(folder, backup)
    with closing(server.connect(settings, None)) as connection, connection.cursor() as cursor:
        version = connection.server_version // 10_000
        with database_errors("nothing was restored"):
            tables = fingerprints(cursor)
    if tables:
        raise LoaderError(
            f"the database holds {len(tables)} tables, nothing was restored: name an empty one "
            "(PGDATABASE), or move .postgres/ away for a new embedded server"
        )
    if version < backup.server_version:
        raise LoaderError(
            f"the backup is of PostgreSQL {backup.server_version}, the server is {version}: "
            "restore into one that is not older"
        )
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGDATABASE": "dbname"}
    given = server.dbt_environment(settings)
    parameters = {name: given[variable] for variable, name in names.items()}
    _restore(folder, backup, parameters, programs(version))
    if ARCHIVE in backup.files:
        with _archive(folder, backup) as tar:
            tar.extractall(archive_dir(settings).parent, filter="data")


def _restore(
    folder: Path, backup: Backup, parameters: Mapping[str, str | int], version: str
) -> None:
    """Let pg_restore work from the file, on several tables at once, or from what is decrypted."""
    command = [
        str(Cluster.program_of(version, "pg_restore")),
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        "--no-password",
        f"--dbname={parameters['dbname']}",
    ]
    environment = {
        "PGHOST": str(parameters["host"]),
        "PGPORT": str(parameters["port"]),
        "PGUSER": str(parameters["user"]),
    }
    if backup.is_encrypted:
        with opened(folder, backup, DUMP) as file:
            run_program(command, environment, stdin=file)
    else:
        run_program([*command, f"--jobs={JOBS}", str(folder / backup.name / DUMP)], environment)


def _archived_files(folder: Path, backup: Backup) -> int | None:
    """Read the archived batches to their end and count the files; None where there are none."""
    if ARCHIVE not in backup.files:
        return None
    with _archive(folder, backup) as tar:
        return sum(member.isfile() for member in tar)


@contextmanager
def _archive(folder: Path, backup: Backup) -> Iterator[tarfile.TarFile]:
    with (
        opened(folder, backup, ARCHIVE) as file,
        tarfile.open(fileobj=file, mode="r|") as tar,
    ):
        yield tar


@contextmanager
def _new_server(version: str) -> Iterator[dict[str, str | int]]:
    """Give an embedded server of its own with an empty database; it is gone afterwards.

    The database's owner is no superuser: what a backup holds, as checks and indexes that call
    functions, runs while it is restored, and a superuser could start programs here.
    """
    root = Path(tempfile.mkdtemp(prefix="shop-drill-"))
    cluster = Cluster(root / ".postgres", version)
    try:
        with server.libpq_variables_removed():
            running = cluster.start()
            parameters = {"host": str(running.socket_dir), "port": PORT, "user": SUPERUSER}
            with closing(psycopg2.connect(**parameters, dbname=SUPERUSER)) as connection:
                connection.autocommit = True
                for statement in ("create role {} login", "create database {0} owner {0}"):
                    named = sql.SQL(statement).format(sql.Identifier(server.DATABASE))
                    connection.cursor().execute(named)
            yield parameters | {"user": server.DATABASE, "dbname": server.DATABASE}
    finally:
        cluster.stop()
        shutil.rmtree(root)
