"""Backups: the database as of one moment and the archived batches, with checksums.

A backup is a folder named by its time: shop.dump (pg_dump's custom format), archive.tar where there
are archived batches, and manifest.json with size and SHA-256 of the files, and rows and hash of
every table as of the same moment.
"""

import json
import re
import shutil
import tarfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader import child
from loader.atomic import file_hash, write_json
from loader.backup.fingerprint import Fingerprint, fingerprints
from loader.config.settings import Settings
from loader.database import server
from loader.database.embedded.cluster import BINARIES, Cluster
from loader.database.errors import database_errors, is_transient_text
from loader.database.fetch import fetch_value, relation_exists
from loader.database.libpq import is_embedded, is_tls_required
from loader.errors import LoaderError, TransientError
from loader.history.batches import batch_in_staging, refuse_during_revert
from loader.ingest.archive import archive_dir

DUMP, ARCHIVE, MANIFEST = "shop.dump", "archive.tar", "manifest.json"
UNFINISHED = ".unfinished"
NAME = "%Y%m%dT%H%M%SZ"
NAMED = re.compile(r"\d{8}T\d{6}Z")  # the time it was begun at, UTC


@dataclass(frozen=True)
class BackupFile:
    """Say how large a file of a backup is, and its SHA-256."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Backup:
    """Describe a backup as its manifest does."""

    name: str
    created_at: str
    server_version: int  # major
    batch_date: date | None
    seconds: float
    files: dict[str, BackupFile]
    tables: dict[str, Fingerprint]

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(file.size for file in self.files.values())


def create(settings: Settings, folder: Path, keep: int) -> Backup:
    """Make a backup in `folder` and remove the oldest beyond `keep`.

    Raises:
        LoaderError: the database cannot be read, or a program failed; nothing is left behind.
    """
    started = _free_second(folder)
    name = f"{started:{NAME}}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for leftover in folder.glob(f"*{UNFINISHED}"):
        shutil.rmtree(leftover)
    unfinished = folder / f"{name}{UNFINISHED}"
    unfinished.mkdir(mode=0o700)
    try:
        backup = _write(settings, unfinished, name, started)
        unfinished.rename(folder / name)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    for old in backups(folder)[keep:]:
        shutil.rmtree(folder / old.name)
    return backup


def _write(settings: Settings, folder: Path, name: str, started: datetime) -> Backup:
    """Write the dump, the archived batches and the manifest, which only the user can read."""
    with database_errors("no backup"), server.snapshot(settings, None) as cursor:
        if relation_exists(cursor, "ops.loads"):
            refuse_during_revert(cursor.connection)
        version = cursor.connection.server_version // 10_000
        dump(cursor, settings, folder / DUMP)
        tables = fingerprints(cursor)
        staged = batch_in_staging(cursor.connection) if "ops.loads" in tables else None
    if archive_dir(settings).is_dir():
        with tarfile.open(folder / ARCHIVE, "w") as tar:
            tar.add(archive_dir(settings), arcname=archive_dir(settings).name)
    backup = Backup(
        name,
        started.isoformat(timespec="seconds"),
        version,
        staged.batch_date if staged else None,
        round((datetime.now(UTC) - started).total_seconds(), 1),
        {path.name: _described(path) for path in sorted(folder.iterdir())},
        tables,
    )
    write_json(folder / MANIFEST, asdict(backup))
    for path in folder.iterdir():
        path.chmod(0o600)
    return backup


def _free_second(folder: Path) -> datetime:
    """Return the time, as soon as no backup has its name: a small one takes less than a second."""
    while (folder / f"{(now := datetime.now(UTC)):{NAME}}").exists():
        time.sleep(0.05)
    return now


def backups(folder: Path) -> list[Backup]:
    """Return the backups in a folder that can be read, the newest first."""
    return [made for made in _found(folder).values() if made]


def unreadable(folder: Path) -> list[str]:
    """Return the names of folders in a folder of backups whose manifest cannot be read."""
    return [name for name, made in _found(folder).items() if made is None]


def _found(folder: Path) -> dict[str, Backup | None]:
    """Return all backups by name, the newest first; None stands for one that cannot be read."""
    found: dict[str, Backup | None] = {}
    for path in sorted(folder.glob("*/"), reverse=True):
        is_named = NAMED.fullmatch(path.name) or (path / MANIFEST).exists()
        if is_named and not path.name.endswith(UNFINISHED):
            try:
                found[path.name] = read(path)
            except LoaderError:
                found[path.name] = None
    return found


def read(folder: Path) -> Backup:
    """Return a backup as its manifest describes it.

    Raises:
        LoaderError: the manifest cannot be read.
    """
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        is_encrypted = content.pop("is_encrypted", False)  # by a setting there was once
        content["batch_date"] = content["batch_date"] and date.fromisoformat(content["batch_date"])
        content["files"] = {n: BackupFile(**file) for n, file in content["files"].items()}
        content["tables"] = {n: Fingerprint(**table) for n, table in content["tables"].items()}
        backup = Backup(**content | {"name": folder.name})
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise LoaderError(f"{folder} is not a backup: its {MANIFEST} cannot be read") from error
    if is_encrypted:
        raise LoaderError(
            f"the files of {folder} are encrypted: restore them by the release that made them"
        )
    return backup


def newest(folder: Path, name: str | None = None) -> Backup:
    """Return the backup of that name, or the newest that can be read.

    Raises:
        LoaderError: there is none.
    """
    if name:
        return read(folder / name)
    found = backups(folder)
    if not found:
        raise LoaderError(f"there is no backup in {folder}; make one first, make backup")
    return found[0]


def check(folder: Path, backup: Backup) -> None:
    """Compare size and SHA-256 of every file with the manifest.

    Raises:
        LoaderError: names the file that is another, or missing.
    """
    for name, expected in backup.files.items():
        path = folder / backup.name / name
        if not path.is_file() or _described(path) != expected:
            raise LoaderError(
                f"{path} is not the file that was written: it is missing or has changed, do not "
                "rely on this backup"
            )


def programs(server_version: int) -> str:
    """Return which version of the embedded programs fits a server: the oldest not older than it.

    Raises:
        LoaderError: the server is newer than all of them.
    """
    fitting = [version for version in BINARIES if int(version) >= server_version]
    if not fitting:
        raise LoaderError(f"PostgreSQL {server_version} is newer than the programs here")
    return min(fitting, key=int)


def client_program(name: str, server_version: int) -> str:
    """Return the path of a program that works on the server in use.

    Servers elsewhere may ask for TLS, which the embedded programs lack, so the machine's own is
    taken there: where it is not older than the server, nor newer than what a drill restores with.

    Raises:
        LoaderError: the server is newer than the embedded programs, or TLS is asked for and the
            machine has no such program.
    """
    embedded = programs(server_version)
    if is_embedded():
        return str(Cluster.program_of(embedded, name))
    own = shutil.which(name)
    if own:
        said = re.search(r"\) (\d+)", " ".join(run_program([own, "--version"], {})))
        if said and server_version <= int(said[1]) <= int(embedded):
            return own
    if is_tls_required():
        raise LoaderError(
            f"PGSSLMODE asks for TLS, which the {name} that comes with the loader lacks: install "
            f"PostgreSQL's client programs of version {server_version} (Debian: "
            f"postgresql-client-{server_version})"
        )
    return str(Cluster.program_of(embedded, name))


def run_program(
    command: list[str], environment: dict[str, str], lock_descriptor: int | None = None
) -> list[str]:
    """Run one of PostgreSQL's programs, which dies with us, and return what it writes.

    Raises:
        LoaderError: it failed; says its last line.
    """
    said: list[str] = []
    program = child.Program(tuple(command), Path.cwd(), environment)
    if child.run_program(program, said.append, lock_descriptor):
        kind = TransientError if is_transient_text("\n".join(said)) else LoaderError
        last = next(filter(None, reversed(said)), "no message")
        raise kind(f"{Path(command[0]).name} failed: {last}")
    return said


def dump(cursor: Cursor, settings: Settings, path: Path) -> None:
    """Write the database to a file, as the transaction of the cursor sees it.

    Raises:
        LoaderError: pg_dump failed.
    """
    version = cursor.connection.server_version // 10_000
    cursor.execute("select pg_export_snapshot()")
    snapshot = fetch_value(cursor, str)
    command = [
        client_program("pg_dump", version),
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--no-password",
        f"--snapshot={snapshot}",
        f"--file={path}",
    ]
    run_program(command, server.program_environment(settings))


def _described(path: Path) -> BackupFile:
    return BackupFile(path.stat().st_size, file_hash(path))
