"""Load the four files of a batch into staging: all of them, or none."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader import server
from loader.contract import TABLES, file_name
from loader.errors import LoaderError
from loader.files import CHUNK_BYTES, FileRefusedError, file_identity, open_regular_file
from loader.ops import database_errors, ensure_schema, refuse_wrong_batch
from loader.records import one_record
from loader.scan import FileScan, scan_directory
from loader.settings import Settings

LOCK_TIMEOUT = "60s"
# Small pieces, so that the server parses one while the next is read and hashed.
COPY_BYTES = 1 << 17


@dataclass(frozen=True)
class LoadResult:
    """Say what was loaded; `load_id` is None when the files were only checked."""

    batch_date: date | None
    files: tuple[FileScan, ...]
    warnings: tuple[str, ...]
    load_id: int | None = None


def check(directory: Path, batch_date: date | None = None) -> LoadResult:
    """Scan the four files of a folder without loading them.

    Raises:
        LoaderError: names every problem found, with file, line and column.
    """
    if not directory.is_dir():
        raise LoaderError(f"{directory} is not a folder; give the one with the four CSV files")
    files = scan_directory(directory, tuple(TABLES))
    problems = [str(problem) for scan in files for problem in scan.problems]
    if problems:
        raise LoaderError("\n".join(["the files are refused, nothing was loaded:", *problems]))
    return LoadResult(batch_date, tuple(files), tuple(_warnings(directory, files)))


def _warnings(directory: Path, files: list[FileScan]) -> Iterator[str]:
    if not any(scan.row_count for scan in files):
        yield f"none of the four files in {directory} has a row"
    for scan in files:
        yield from (f"{scan.path}, line 1: {warning}" for warning in scan.warnings)
    expected = {file_name(table) for table in TABLES}
    for path in sorted(directory.glob("*.csv")):
        if path.name not in expected:
            yield f"{path} is none of the four files and was not read"


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
            connection,
            connection.cursor() as cursor,
        ):
            _keep_others_out(cursor)
            refuse_wrong_batch(connection, batch_date)
            for scan in checked.files:
                _replace_table(cursor, scan)
            load_id = _record_load(cursor, checked, run_id)
    return LoadResult(batch_date, checked.files, checked.warnings, load_id)


def _keep_others_out(cursor: Cursor) -> None:
    cursor.execute("select set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))
    cursor.execute("lock table ops.loads in exclusive mode")


def _replace_table(cursor: Cursor, scan: FileScan) -> None:
    table = sql.Identifier("staging", scan.table)
    # The numbering starts again at line 2, see schema.sql.
    cursor.execute(sql.SQL("truncate table {} restart identity").format(table))
    cursor.execute("select set_config('loader.source_file', %s, true)", (scan.path.name,))
    copied = _copy(cursor, table, scan)
    if copied != scan.row_count:
        raise LoaderError(
            f"{scan.path} has {scan.row_count} records but PostgreSQL read {copied}; "
            "nothing was loaded"
        )
    cursor.execute(sql.SQL("analyze {}").format(table))


def _copy(cursor: Cursor, table: sql.Identifier, scan: FileScan) -> int:
    """Stream a scanned file into its table and return the number of rows PostgreSQL counted."""
    columns = ("_line_number", *scan.columns) if scan.has_multiline_records else scan.columns
    statement = sql.SQL("copy {} ({}) from stdin with (format csv, encoding 'UTF8')").format(
        table, sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    try:
        with open_regular_file(scan.path) as descriptor:
            stream = ScannedFile(descriptor, scan)
            cursor.copy_expert(statement.as_string(cursor), stream, COPY_BYTES)
            if not stream.is_as_scanned():
                raise FileRefusedError("changed while it was loaded; wait until it is complete")
    except FileRefusedError as refusal:
        raise LoaderError(f"{scan.path}: {refusal}; nothing was loaded") from None
    return cursor.rowcount


def _record_load(cursor: Cursor, checked: LoadResult, run_id: str | None) -> int:
    cursor.execute("select nextval('ops.load_ids')")
    load_id = cursor.fetchone()[0]
    cursor.executemany(
        "insert into ops.loads (load_id, table_name, batch_date, source_file, file_bytes, sha256,"
        " row_count, loaded_at, run_id) values (%s, %s, %s, %s, %s, %s, %s, now(), %s)",
        [
            (load_id, scan.table, checked.batch_date, str(scan.path), scan.byte_count, scan.sha256,
             scan.row_count, run_id)
            for scan in checked.files
        ],
    )  # fmt: skip
    return load_id


class ScannedFile:
    """Give COPY the records of a scanned file, and know whether the bytes are still the same.

    Records go as they are when each takes one line, because the table then numbers them itself.
    When some span lines, each gets its line number in front.
    """

    def __init__(self, descriptor: int, scan: FileScan) -> None:
        self._descriptor = descriptor
        self._scan = scan
        self._digest = hashlib.sha256()
        self._identity = file_identity(descriptor)
        self._digest.update(os.pread(descriptor, scan.data_offset, 0))
        os.lseek(descriptor, scan.data_offset, os.SEEK_SET)
        self._numbered = self._numbered_records() if scan.has_multiline_records else None
        self._pending = memoryview(b"")

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes for COPY, none at the end."""
        if self._numbered is None:
            return self._read_file(size)
        if not self._pending:
            self._pending = memoryview(next(self._numbered, b""))
        piece, self._pending = self._pending[:size], self._pending[size:]
        return bytes(piece)

    def is_as_scanned(self) -> bool:
        """Return whether the file that was read is, byte for byte, the one that was scanned."""
        return (
            self._identity == self._scan.identity == file_identity(self._descriptor)
            and self._digest.hexdigest() == self._scan.sha256
        )

    def _read_file(self, size: int) -> bytes:
        data = os.read(self._descriptor, size)
        self._digest.update(data)
        return data

    def _numbered_records(self) -> Iterator[bytes]:
        """Give chunks of records, each with the physical line it starts on as its first value."""
        record = one_record(len(self._scan.columns), self._scan.terminator)
        rest, line = b"", 2
        while chunk := self._read_file(CHUNK_BYTES):
            data, position, numbered = rest + chunk, 0, []
            while found := record.match(data, position):
                numbered.append(b"%d,%b" % (line, found[0]))
                line += found[0].count(b"\n")
                position = found.end()
            rest = data[position:]
            if numbered:  # COPY would take an empty answer for the end
                yield b"".join(numbered)
        if rest:
            yield b"%d,%b" % (line, rest)
