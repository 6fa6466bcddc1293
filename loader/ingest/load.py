"""Load the files of a batch into staging: all of them, or none."""

from collections.abc import Iterable, Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from gzip import GzipFile
from pathlib import Path
from typing import IO

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.config.settings import Settings
from loader.contract import TABLES, file_name
from loader.database import server
from loader.database.errors import database_errors
from loader.database.fetch import fetch_records, fetch_row, fetch_value, statements
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.history.batches import refuse_during_revert, refuse_wrong_batch
from loader.ingest.anonymize import scrub_folder
from loader.ingest.archive import described, is_in_archive
from loader.ingest.archive_writer import ArchiveWriter, archiving
from loader.ingest.csv.body import RejectedLine, printable
from loader.ingest.csv.limits import Limits, load_limits, refuse_future_date
from loader.ingest.csv.scan import FileScan, Reading, scan_table, unless_changed, validate_only
from loader.ingest.csv.stream import Rows, streamed
from loader.ingest.person import Person

SQL = statements(Path(__file__).with_suffix(".sql"))

LOCK_TIMEOUT = "60s"
# Large pieces, so that the next one is read, checked and packed while the server takes in one.
COPY_BYTES = 1 << 20
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
    """Scan the files of a batch in a folder without loading them.

    Raises:
        LoaderError: names every problem found, with file, line and column.
    """
    _refuse_no_folder(directory)
    limits = limits or load_limits()
    files = _delivered(scan_table(table, directory, limits) for table in TABLES)
    return LoadResult(batch_date, files, tuple(_warnings(directory, files)))


def _delivered(scans: Iterable[FileScan]) -> tuple[FileScan, ...]:
    """Return the scans of the files that are there, all of which are good.

    Raises:
        LoaderError: names every problem found, with file, line and column.
    """
    files = tuple(unless_changed(scan) for scan in scans if scan.is_delivered)
    _refuse(files)
    return files


def _refuse_no_folder(directory: Path) -> None:
    if not directory.is_dir():
        raise LoaderError(f"{directory} is not a folder; give the one with the four CSV files")


def _refuse(files: tuple[FileScan, ...]) -> None:
    if any(scan.problems for scan in files):
        found = [line for scan in files for line in _found(scan)]
        raise LoaderError("\n".join(["the files are refused, nothing was loaded:", *found]))


def _found(scan: FileScan) -> Iterator[str]:
    """Yield what refuses a file, and its rejected lines where it has too many."""
    yield from map(str, scan.problems)
    yield from _rejected(scan.rejects if scan.problems else ())


def _rejected(rejects: tuple[RejectedLine, ...]) -> Iterator[str]:
    yield from (str(reject.problem) for reject in rejects[:SHOWN_REJECTS])
    if len(rejects) > SHOWN_REJECTS:
        yield f"... and {len(rejects) - SHOWN_REJECTS:,} more lines of this file"


def _warnings(directory: Path, files: tuple[FileScan, ...]) -> Iterator[str]:
    if not any(scan.delivered_count for scan in files):
        yield f"none of the files in {directory} has a row"
    for scan in files:
        yield from map(str, scan.warnings)
        yield from (f"rejected {text}" for text in _rejected(scan.rejects))
    known = {scan.path.name for scan in files}
    for path in sorted(directory.iterdir()):
        if path.name not in known and path.suffix.lower() in LEFTOVERS:
            yield f"{printable(path)} is no file of a batch and was not read"


def counted(scan: FileScan) -> str:
    """Return a file's rows for a message."""
    rejected = f", {len(scan.rejects):,} rejected" if scan.rejects else ""
    return f"{scan.table}: {scan.delivered_count:,} rows{rejected}"


def load(
    directory: Path,
    batch_date: date,
    settings: Settings,
    run_id: str | None = None,
    *,
    is_replay: bool = False,
) -> LoadResult:
    """Replace what staging holds by the files of a folder, in one transaction.

    A replay may load what no other load may: a date to come, and while a batch is taken back.

    Raises:
        LoaderError: a file is refused, the date is older than the last one or to come, or the
            database fails; staging then holds what it held before.
    """
    _refuse_no_folder(directory)
    is_archived = is_in_archive(settings, directory)
    is_replay = is_replay or is_archived
    limits = replace(load_limits(), may_lack_columns=is_archived)
    if not is_replay:
        refuse_future_date(batch_date)
    with closing(server.connect(settings)) as connection:
        ensure_schema(connection)
        if not is_replay:
            refuse_during_revert(connection)
        with (
            database_errors("nothing was loaded"),
            archiving(settings, connection, batch_date, directory) as writer,
            connection,
            connection.cursor() as cursor,
        ):
            _acquire_load_lock(cursor)
            refuse_wrong_batch(connection, batch_date)
            _set(cursor, "batch_date", batch_date.isoformat())
            replaced = _rejected_before(cursor, batch_date)
            files = _load_files(cursor, directory, limits, writer)
            checked = LoadResult(batch_date, files, tuple(_warnings(directory, files)))
            of_before = (*repeated(cursor, checked), *_replaced(files, replaced))
            load_id = _record_load(cursor, checked, run_id)
            cursor.execute("select ops.analyze_staging()")
            erased = _anonymize_erased(cursor)
            if writer:
                entries = {scan.table: described(scan) for scan in files}
                entries |= scrub_folder(writer.folder, erased)
                writer.finalize(load_id, entries)
    return replace(checked, warnings=checked.warnings + of_before, load_id=load_id)


def _load_files(
    cursor: Cursor, directory: Path, limits: Limits, writer: ArchiveWriter | None
) -> tuple[FileScan, ...]:
    """Load the files; once one is refused, only validate the others.

    Raises:
        LoaderError: names every problem found, with file, line and column.
    """
    files: tuple[FileScan, ...] = ()
    for table in TABLES:
        is_refused = any(scan.problems for scan in files)
        use = validate_only if is_refused else partial(_replace_table, cursor, writer)
        path = directory / file_name(table, is_packed=True)
        _empty_table(cursor, table)
        if limits.may_lack_columns and not path.exists():  # the batch is older than the table
            files += (FileScan(table, path),)
        else:
            files += (scan_table(table, directory, limits, use),)
    return _delivered(files)


def _anonymize_erased(cursor: Cursor) -> list[Person]:
    """Make erased customers in staging anonymous, and return those who were delivered."""
    people = "select customer_id, pseudonym from ops.anonymize_erased_customers()"
    return list(fetch_records(cursor, people, Person))


def repeated(cursor: Cursor, checked: LoadResult) -> Iterator[str]:
    """Warn of files that were delivered, byte for byte, with an earlier batch."""
    for scan in checked.files:
        cursor.execute(SQL["earlier_file"], (scan.table, scan.sha256, checked.batch_date))
        (earlier,) = fetch_row(cursor)
        if earlier:
            yield f"{printable(scan.path)} is the same, byte for byte, as the file of {earlier}"


def _rejected_before(cursor: Cursor, day: date) -> dict[str, tuple[int, str]]:
    """Return how many lines of a date's newest files were rejected, and their SHA-256, by table."""
    cursor.execute(SQL["rejected_before"], (day,))
    return {table: (count, sha256) for table, count, sha256 in cursor.fetchall()}


def _replaced(files: tuple[FileScan, ...], before: dict[str, tuple[int, str]]) -> Iterator[str]:
    """Warn of rejected lines that gave way because another file of the same date was delivered."""
    for scan in files:
        count, sha256 = before.get(scan.table, (0, ""))
        if count and sha256 != scan.sha256:
            yield (
                f"{printable(scan.path)} is another file of the same date: the {count:,} rejected "
                "lines of the one before left quarantine with it"
            )


def _set(cursor: Cursor, name: str, value: str) -> None:
    """Set what the columns' defaults in schema.sql read, for this transaction."""
    cursor.execute("select set_config(%s, %s, true)", (f"loader.{name}", value))


def _acquire_load_lock(cursor: Cursor) -> None:
    cursor.execute("select set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))
    cursor.execute("select pg_advisory_xact_lock(hashtextextended('shop load', 0))")


def _replace_table(cursor: Cursor, writer: ArchiveWriter | None, reading: Reading) -> None:
    """Load a file while it is read, unless it turns out to be refused."""
    table, rows = reading.table, Rows()
    _set(cursor, "table_name", table)
    _set(cursor, f"line_end_{table}", reading.header.terminator.hex())
    with writer.file(table) if writer else nullcontext() as archived, rows.rejected:
        copied = _copy(cursor, reading, rows, archived)
        rejected = _quarantine(cursor, rows.rejected)
    body = reading.body
    if not body.problems and (copied, rejected) != (body.row_count, len(body.rejects)):
        raise LoaderError(
            f"{printable(reading.path)} has {body.row_count} records and {len(body.rejects)} "
            f"rejected lines, but PostgreSQL read {copied} and {rejected}; nothing was loaded"
        )


def _empty_table(cursor: Cursor, table: str) -> None:
    cursor.execute(sql.SQL("truncate table {}").format(sql.Identifier("staging", table)))


def _copy(cursor: Cursor, reading: Reading, rows: Rows, archived: GzipFile | None) -> int:
    """Stream a file's records to its table, and return how many the database took.

    The table was emptied in this transaction, so its rows can be frozen: they are seen with it or
    not at all, and who reads them first need not look up and note on each page that they stay.
    """
    statement = sql.SQL(
        "copy {} ({}) from stdin with (format csv, encoding 'UTF8', freeze true)"
    ).format(
        sql.Identifier("staging", reading.table),
        sql.SQL(", ").join(map(sql.Identifier, ("_line_number", *reading.header.columns))),
    )
    with streamed(reading, rows, archived.write if archived else None) as stream:
        # psycopg2 calls read alone here, its types ask for readline, too.
        cursor.copy_expert(statement.as_string(cursor), stream, COPY_BYTES)  # type: ignore[arg-type]
        stream.check()
    return cursor.rowcount


def _quarantine(cursor: Cursor, rejected: IO[bytes]) -> int:
    """Replace the rejected lines of this batch and table by those of the file."""
    cursor.execute(SQL["delete_rejected_lines"])
    rejected.seek(0)
    cursor.copy_expert(SQL["copy_rejected_lines"], rejected, COPY_BYTES)
    return cursor.rowcount


def _record_load(cursor: Cursor, checked: LoadResult, run_id: str | None) -> int:
    cursor.execute(SQL["next_load_id"])
    load_id = fetch_value(cursor, int)
    cursor.executemany(
        SQL["record_load"],
        [
            (load_id, scan.table, checked.batch_date, str(scan.path), scan.byte_count, scan.sha256,
             scan.delivered_count, len(scan.rejects), run_id)
            for scan in checked.files
        ],
    )  # fmt: skip
    return load_id
