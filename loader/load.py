"""Load the four files of a batch into staging: all of them, or none."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import IO

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader import server
from loader.archive import Keeper, archive_dir, described, new_keeper, newest_of, settle
from loader.body import Reject, printable
from loader.contract import TABLES
from loader.errors import LoaderError
from loader.files import FileRefusedError, open_content
from loader.limits import Limits, load_limits
from loader.ops import (
    batch_in_staging,
    database_errors,
    ensure_schema,
    is_batch_taken_in,
    refuse_wrong_batch,
)
from loader.person import Person
from loader.scan import FileScan, scan_directory
from loader.scrub import scrub_folder
from loader.settings import Settings
from loader.stream import ScannedFile, is_numbered

LOCK_TIMEOUT = "60s"
# Small pieces, so that the server parses one while the next is read and hashed.
COPY_BYTES = 1 << 17
SHOWN_REJECTS = 20
LEFTOVERS = (".csv", ".gz", ".txt", ".tsv", ".zip", ".xls", ".xlsx", ".part", ".tmp")


@dataclass(frozen=True)
class LoadResult:
    """Say what was loaded; `load_id` is None when the files were only checked."""

    batch_date: date | None
    files: tuple[FileScan, ...]
    warnings: tuple[str, ...]
    load_id: int | None = None

    @property
    def rejected_count(self) -> int:
        """Return the lines of all files that were rejected."""
        return sum(len(scan.rejects) for scan in self.files)


def check(
    directory: Path, batch_date: date | None = None, limits: Limits | None = None
) -> LoadResult:
    """Scan the four files of a folder without loading them.

    Raises:
        LoaderError: names every problem found, with file, line and column.
    """
    if not directory.is_dir():
        raise LoaderError(f"{directory} is not a folder; give the one with the four CSV files")
    files = scan_directory(directory, tuple(TABLES), limits or load_limits())
    if any(scan.problems for scan in files):
        found = [line for scan in files for line in _found(scan)]
        raise LoaderError("\n".join(["the files are refused, nothing was loaded:", *found]))
    return LoadResult(batch_date, tuple(files), tuple(_warnings(directory, files)))


def _found(scan: FileScan) -> Iterator[str]:
    """Give what refuses a file, and its rejected lines where it has too many."""
    yield from map(str, scan.problems)
    yield from _rejected(scan.rejects if scan.problems else ())


def _rejected(rejects: tuple[Reject, ...]) -> Iterator[str]:
    yield from (str(reject.problem) for reject in rejects[:SHOWN_REJECTS])
    if len(rejects) > SHOWN_REJECTS:
        yield f"... and {len(rejects) - SHOWN_REJECTS:,} more lines of this file"


def _warnings(directory: Path, files: list[FileScan]) -> Iterator[str]:
    if not any(scan.delivered_count for scan in files):
        yield f"none of the four files in {directory} has a row"
    for scan in files:
        yield from (f"{printable(scan.path)}, line 1: {warning}" for warning in scan.warnings)
        yield from (f"rejected {text}" for text in _rejected(scan.rejects))
    known = {scan.path.name for scan in files}
    for path in sorted(directory.iterdir()):
        if path.name not in known and path.suffix.lower() in LEFTOVERS:
            yield f"{printable(path)} is none of the four files and was not read"


def counted(scan: FileScan) -> str:
    """Return a file's rows for a message."""
    rejected = f", {len(scan.rejects):,} rejected" if scan.rejects else ""
    return f"{scan.table}: {scan.delivered_count:,} rows{rejected}"


def load(
    directory: Path, batch_date: date, settings: Settings, run_id: str | None = None
) -> LoadResult:
    """Replace what staging holds by the four files of a folder, in one transaction.

    Raises:
        LoaderError: a file is refused, the date is older than the last one, or the database
            fails; staging then holds what it held before.
    """
    checked = check(directory, batch_date)
    with closing(server.connect(settings)) as connection:
        ensure_schema(connection)
        with (
            database_errors("nothing was loaded"),
            archiving(settings, connection, checked) as keeper,
            connection,
            connection.cursor() as cursor,
        ):
            _keep_others_out(cursor)
            refuse_wrong_batch(connection, batch_date)
            repeated = tuple(_repeated(cursor, checked))
            _set(cursor, "batch_date", batch_date.isoformat())
            for scan in checked.files:
                _replace_table(cursor, scan, keeper)
            load_id = _record_load(cursor, checked, run_id)
            cursor.execute("select ops.analyze_staging()")
            erased = _keep_erased_out(cursor)
            if keeper:
                files = {scan.table: described(scan) for scan in checked.files}
                files |= scrub_folder(keeper.folder, erased)
                keeper.seal(batch_date, load_id, files)
    return replace(checked, warnings=checked.warnings + repeated, load_id=load_id)


def _keep_erased_out(cursor: Cursor) -> list[Person]:
    """Make erased customers in staging anonymous, and return those who were delivered."""
    cursor.execute("select customer_id, pseudonym from ops.keep_erased_out()")
    return [Person(*row) for row in cursor.fetchall()]


@contextmanager
def archiving(
    settings: Settings, connection: Connection, checked: LoadResult
) -> Iterator[Keeper | None]:
    """Give a keeper of what is loaded, and put it in place behind the commit.

    None where the archive has it: when it is loaded from there, or for the second time. A batch
    that no build took in gives way to the one that replaces it, there as in staging.
    """
    staged = batch_in_staging(connection)
    is_taken_in = staged is None or is_batch_taken_in(connection, staged)
    settle(settings, _load_ids(connection))
    connection.rollback()
    newest = newest_of(settings, checked.batch_date) if checked.batch_date else None
    hashes = {scan.table: scan.sha256 for scan in checked.files}
    is_from_there = checked.files[0].path.parent.parent.resolve() == archive_dir(settings)
    if is_from_there or (newest and newest.hashes == hashes):
        yield None
        return
    keeper = new_keeper(settings)
    try:
        yield keeper
        keeper.put_in_place()
    except BaseException:
        keeper.discard()
        raise
    if newest and not is_taken_in and newest.load_id == staged.load_id:
        newest.remove()


def _load_ids(connection: Connection) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("select distinct load_id from ops.loads")
        return {load_id for (load_id,) in cursor.fetchall()}


def _repeated(cursor: Cursor, checked: LoadResult) -> Iterator[str]:
    """Warn of files that were delivered, byte for byte, with an earlier batch."""
    for scan in checked.files:
        cursor.execute(
            "select max(batch_date)::text from ops.loads"
            " where table_name = %s and sha256 = %s and batch_date < %s and row_count > 0",
            (scan.table, scan.sha256, checked.batch_date),
        )
        (earlier,) = cursor.fetchone()
        if earlier:
            yield f"{printable(scan.path)} is the same, byte for byte, as the file of {earlier}"


def _set(cursor: Cursor, name: str, value: str) -> None:
    """Set what the columns' defaults in schema.sql read, for this transaction."""
    cursor.execute("select set_config(%s, %s, true)", (f"loader.{name}", value))


def _keep_others_out(cursor: Cursor) -> None:
    cursor.execute("select set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))
    cursor.execute("select pg_advisory_xact_lock(hashtextextended('shop load', 0))")


def _replace_table(cursor: Cursor, scan: FileScan, keeper: Keeper | None) -> None:
    table = sql.Identifier("staging", scan.table)
    cursor.execute(sql.SQL("truncate table {}").format(table))
    # The numbering starts again at line 2, see schema.sql; to restart the identity would take an
    # owner. If the load is rolled back, the next one sets it anew.
    cursor.execute(
        "select setval(pg_get_serial_sequence(%s, '_line_number'), 2, false)",
        (f"staging.{scan.table}",),
    )
    _set(cursor, "source_file", scan.path.name)
    _set(cursor, "table_name", scan.table)
    with keeper.file(scan.table) if keeper else nullcontext() as copy:
        copied, rejected = _copy(cursor, table, scan, copy)
    if (copied, rejected) != (scan.row_count, len(scan.rejects)):
        raise LoaderError(
            f"{printable(scan.path)} has {scan.row_count} records and {len(scan.rejects)} rejected "
            f"lines, but PostgreSQL read {copied} and {rejected}; nothing was loaded"
        )


def _copy(
    cursor: Cursor, table: sql.Identifier, scan: FileScan, copy: IO[bytes] | None
) -> tuple[int, int]:
    """Stream a scanned file to its table and the quarantine; return the rows of each."""
    columns = ("_line_number", *scan.columns) if is_numbered(scan) else scan.columns
    statement = sql.SQL("copy {} ({}) from stdin with (format csv, encoding 'UTF8')").format(
        table, sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    try:
        with open_content(scan.path, max(scan.byte_count, scan.identity[2])) as content:
            stream = ScannedFile(content, scan, copy)
            cursor.copy_expert(statement.as_string(cursor), stream, COPY_BYTES)
            copied = cursor.rowcount
            stream.check_is_as_scanned()
            return copied, _quarantine(cursor, stream)
    except FileRefusedError as refusal:
        raise LoaderError(f"{printable(scan.path)}: {refusal}; nothing was loaded") from None


def _quarantine(cursor: Cursor, stream: ScannedFile) -> int:
    """Replace the rejected lines of this batch and table by those of the file."""
    cursor.execute(
        "delete from quarantine.rejected_lines"
        " where batch_date = current_setting('loader.batch_date')::date"
        " and table_name = current_setting('loader.table_name')"
    )
    with stream.rejected as rows:
        rows.seek(0)
        cursor.copy_expert(
            "copy quarantine.rejected_lines (line_number, code, column_name, raw) from stdin",
            rows,
            COPY_BYTES,
        )
    return cursor.rowcount


def _record_load(cursor: Cursor, checked: LoadResult, run_id: str | None) -> int:
    cursor.execute("select nextval('ops.load_ids')")
    load_id = cursor.fetchone()[0]
    cursor.executemany(
        "insert into ops.loads (load_id, table_name, batch_date, source_file, file_bytes, sha256,"
        " row_count, rejected_count, loaded_at, run_id)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, now(), %s)",
        [
            (load_id, scan.table, checked.batch_date, str(scan.path), scan.byte_count, scan.sha256,
             scan.delivered_count, len(scan.rejects), run_id)
            for scan in checked.files
        ],
    )  # fmt: skip
    return load_id
