"""Check a delivered file, byte by byte, before the database sees it.

One pass, constant memory. The bytes are not changed: what passes here is what COPY gets, so the
file and the table are read by the same rules. See `loader.records` for these rules.
"""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from loader.contract import file_name
from loader.files import FileRefusedError, file_identity, open_regular_file, read_chunk
from loader.header import Header, read_header
from loader.records import find_flaw, one_record, simple_records, value_index

MAX_RECORD_BYTES = 1 << 20
MAX_PROBLEMS = 20


@dataclass(frozen=True)
class Problem:
    """Name what is wrong in a file: physical line and column where they are known."""

    path: Path
    message: str
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        line = f", line {self.line}" if self.line else ""
        column = f", column {self.column}" if self.column else ""
        return f"{self.path}{line}{column}: {self.message}"


@dataclass(frozen=True)
class FileScan:
    """Hold what is known of a file after the scan; `columns` stand in the file's order."""

    table: str
    path: Path
    columns: tuple[str, ...] = ()
    row_count: int = 0
    byte_count: int = 0
    sha256: str = ""
    data_offset: int = 0
    terminator: bytes = b"\n"
    has_multiline_records: bool = False
    identity: tuple[int, int, int, int] = (0, 0, 0, 0)
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def scan_directory(directory: Path, tables: Iterable[str]) -> list[FileScan]:
    """Scan the file of each table in a folder; problems are in the results, not raised."""
    return [scan_file(table, directory / file_name(table)) for table in tables]


def scan_file(table: str, path: Path) -> FileScan:
    """Scan one file; what is wrong with it is in `problems` of the result."""
    try:
        with open_regular_file(path) as descriptor:
            return _scan_open_file(table, path, descriptor)
    except FileRefusedError as refusal:
        return FileScan(table, path, problems=(Problem(path, str(refusal)),))


def _scan_open_file(table: str, path: Path, descriptor: int) -> FileScan:
    identity = file_identity(descriptor)
    first = read_chunk(descriptor)
    header = read_header(table, first)
    if header.problems:
        problems = tuple(Problem(path, message, 1) for message in header.problems)
        return FileScan(table, path, problems=problems)
    body, digest = BodyScan(path, header), hashlib.sha256()
    size = _scan_chunks(body, digest, first, descriptor, identity[2])
    if not body.is_lost and file_identity(descriptor) != identity:
        body.refuse("changed while it was read; wait until it is complete")
    return FileScan(
        table=table,
        path=path,
        columns=header.columns,
        row_count=body.row_count,
        byte_count=size,
        sha256=digest.hexdigest(),
        data_offset=header.length,
        terminator=header.terminator,
        has_multiline_records=body.has_multiline_records,
        identity=identity,
        warnings=header.warnings,
        problems=tuple(body.problems),
    )


def _scan_chunks(
    body: "BodyScan", digest: "hashlib._Hash", chunk: bytes, descriptor: int, expected: int
) -> int:
    """Check and hash a file from its first chunk on, and return the bytes read."""
    size, to_skip = 0, body.header.length
    with ThreadPoolExecutor(1) as pool:  # hashing lets go of the interpreter: it costs no time
        while chunk:
            hashed, size = pool.submit(digest.update, chunk), size + len(chunk)
            body.feed(chunk[to_skip:])
            hashed.result()
            is_growing = size > expected  # it might never end
            chunk, to_skip = b"" if body.is_lost or is_growing else read_chunk(descriptor), 0
    body.finish()
    return size


@dataclass
class BodyScan:
    """Check the records of a file, fed in chunks.

    The fast path takes all one-line records of a chunk in one match. Only where that stops, a
    record is looked at alone: it spans lines, is cut off by the chunk's end, or is wrong.
    """

    path: Path
    header: Header
    row_count: int = 0
    line: int = 2
    has_multiline_records: bool = False
    is_lost: bool = False
    problems: list[Problem] = field(default_factory=list)
    _rest: bytes = b""
    _is_ascii: bool = False

    def feed(self, chunk: bytes) -> None:
        """Check all records that end in this chunk."""
        data = self._rest + chunk
        self._is_ascii = data.isascii()
        position: int | None = 0
        while position is not None and not self.is_lost:
            self._rest = data[position:] if position < len(data) else b""
            position = self._check_from(data, position)
        if len(self._rest) > MAX_RECORD_BYTES and not self.is_lost:
            self.refuse("is over 1 MB long; a quote may have been opened and never closed")

    def finish(self) -> None:
        """Check the last record, whose line end may be missing."""
        if self._rest.endswith(b"\r") and not self.is_lost:
            self.refuse("ends in a carriage return without a line feed; the file may be cut off")
        if self._rest and not self.is_lost:
            self.feed(b"" if self._rest.endswith(b"\n") else self.header.terminator)
        if self._rest and not self.is_lost:
            self.refuse("opens a quote that is never closed; the file may be cut off")

    def refuse(self, message: str) -> None:
        """Note a problem after which the rest of the file cannot be judged."""
        self.problems.append(Problem(self.path, message, self.line))
        self.is_lost = True

    def _check_from(self, data: bytes, start: int) -> int | None:
        """Check what starts here and return where to go on, or None when more bytes are needed."""
        shape = len(self.header.columns), self.header.terminator
        end = simple_records(*shape).match(data, start).end()  # type: ignore[union-attr]
        if end > start:
            self._accept(data, start, end)
            return end
        if data.find(b"\n", start) < 0:
            return None
        record = one_record(*shape).match(data, start)
        if record is None:
            return self._report_flaw(data, start)
        self._accept(data, start, record.end(), is_multiline=True)
        return record.end()

    def _accept(self, data: bytes, start: int, end: int, *, is_multiline: bool = False) -> None:
        if not self._is_ascii:
            self._check_encoding(data, start, end, is_multiline=is_multiline)
        lines = data.count(b"\n", start, end)
        self.row_count += 1 if is_multiline else lines
        self.has_multiline_records |= is_multiline
        self.line += lines

    def _report_flaw(self, data: bytes, start: int) -> int | None:
        """Note what is wrong with a record and return where to go on, None when it is cut off."""
        flaw = find_flaw(data, start, len(self.header.columns), self.header.terminator)
        if flaw is None:
            return None
        lines = data.count(b"\n", start, flaw.offset)
        where = f" (the record starts on line {self.line})" if lines else ""
        self._note(flaw.message + where, self.line + lines, flaw.value_index)
        if flaw.resume_at is None or len(self.problems) >= MAX_PROBLEMS:
            self._note("the rest of the file was not checked", None, None)
            self.is_lost = True
            return None
        self.line += data.count(b"\n", start, flaw.resume_at)
        return flaw.resume_at

    def _check_encoding(self, data: bytes, start: int, end: int, *, is_multiline: bool) -> None:
        try:
            str(memoryview(data)[start:end], "utf-8")
        except UnicodeDecodeError as error:
            offset = start + error.start
            record = start if is_multiline else max(start, data.rfind(b"\n", start, offset) + 1)
            message = f"has a byte (0x{data[offset]:02X}) that is not UTF-8; save the file as UTF-8"
            line = self.line + data.count(b"\n", start, offset)
            self._note(message, line, value_index(data, record, offset))
            self.is_lost = True

    def _note(self, message: str, line: int | None, index: int | None) -> None:
        self.problems.append(Problem(self.path, message, line, self._column(index)))

    def _column(self, index: int | None) -> str | None:
        columns = self.header.columns
        return columns[index] if index is not None and index < len(columns) else None
