"""Read a delivered file once, and check it, byte by byte, while it goes to the database.

One pass, constant memory. The bytes are not changed: what passes here is what COPY gets, so the
file and the table are read by the same rules: those of `grammar`; `codes` says what breaks them.
"""

import hashlib
import os
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from loader.contract import OPTIONAL, file_name
from loader.ingest.csv import codes
from loader.ingest.csv.body import BodyScan, FileError, RejectedLine, Sink, printable
from loader.ingest.csv.files import Content, FileRefusedError, Identity, has_changed, open_content
from loader.ingest.csv.header import Said, read_header
from loader.ingest.csv.limits import Limits, load_limits
from loader.ingest.csv.near import near_files, wanted_name

SHOWN_NAMES = 3


@dataclass(frozen=True)
class FileScan:
    """Hold what is known of a file after the scan; `columns` stand in the file's order.

    `problems` refuse the file; `rejects` are the lines that are left out when it is loaded, and
    `row_count` counts the others.
    """

    table: str
    path: Path
    columns: tuple[str, ...] = ()
    row_count: int = 0
    byte_count: int = 0
    sha256: str = ""
    identity: Identity | None = None
    data_offset: int = 0
    terminator: bytes = b"\n"
    warnings: tuple[FileError, ...] = ()
    problems: tuple[FileError, ...] = ()
    rejects: tuple[RejectedLine, ...] = ()

    @property
    def is_delivered(self) -> bool:
        """Return whether there is a file, or one is missing that has to be there."""
        return self.identity is not None or bool(self.problems)

    @property
    def delivered_count(self) -> int:
        """Return the records in the file, rejected lines included."""
        return self.row_count + len(self.rejects)


class Reading:
    """Read a file whose header is known from its first chunk on."""

    def __init__(self, table: str, path: Path, content: Content, limits: Limits) -> None:
        self.table = table
        self.path = path
        self._content = content
        self._first = content.read_chunk()
        self._digest = hashlib.sha256()
        self.header = read_header(table, self._first, may_lack_columns=limits.may_lack_columns)
        self.body = BodyScan(path, self.header, limits)

    def chunks(
        self, sink: Sink | None = None, copy: Callable[[bytes], object] | None = None
    ) -> Generator[None]:
        """Read on, a chunk a step; `sink` gets what is validated, `copy` the file's bytes.

        Hashing and packing let go of the interpreter, so that they cost no time of their own.
        """
        self.body.sink = sink
        takers = [self._digest.update, copy] if copy else [self._digest.update]
        chunk, to_skip = self._first, self.header.length
        with ThreadPoolExecutor(len(takers)) as pool:
            while chunk:
                taken = [pool.submit(take, chunk) for take in takers]
                self.body.feed(chunk[to_skip:])
                for one in taken:
                    one.result()
                yield
                chunk, to_skip = self._next_chunk(), 0
        self.body.finish()
        if not self.body.is_lost and self._content.has_changed:
            self.body.refuse(codes.CHANGED, line=None)
        yield

    def _next_chunk(self) -> bytes:
        if self.body.is_lost or self._content.is_growing:  # it might never end
            return b""
        try:
            return self._content.read_chunk()
        except FileRefusedError as refusal:
            self.body.refuse(refusal.error)
            return b""

    def result(self) -> FileScan:
        """Return what is known of the file."""
        header, body = self.header, self.body
        if header.problems:
            return FileScan(self.table, self.path, problems=self._in_header(header.problems))
        return FileScan(
            table=self.table,
            path=self.path,
            columns=header.columns,
            row_count=body.row_count,
            byte_count=self._content.size,
            sha256=self._digest.hexdigest(),
            identity=self._content.identity,
            data_offset=header.length,
            terminator=header.terminator,
            warnings=(*self._in_header(header.warnings), *body.warnings),
            problems=tuple(body.problems),
            rejects=tuple(body.rejects),
        )

    def _in_header(self, said: tuple[Said, ...]) -> tuple[FileError, ...]:
        return tuple(FileError(self.path, code, 1, column) for code, column in said)


def validate_only(reading: Reading) -> None:
    """Read a file to its end and do nothing with it."""
    for _ in reading.chunks():
        pass


def scan_table(
    table: str, directory: Path, limits: Limits, use: Callable[[Reading], None] = validate_only
) -> FileScan:
    """Scan the file that delivers a table, plain or packed, unless it may be missing and is."""
    path = directory / file_name(table)
    packed = directory / file_name(table, is_packed=True)
    if os.path.lexists(packed) and os.path.lexists(path):
        problem = FileError(path, codes.TWO_FORMS.about(other=packed.name))
        return FileScan(table, path, problems=(problem,))
    if os.path.lexists(packed):
        return scan_file(table, packed, limits, use)
    near = () if os.path.lexists(path) else near_files(table, directory)
    if near:
        names = " and ".join(printable(Path(name)) for name in near[:SHOWN_NAMES])
        code = codes.MISSING_BUT_NEAR.about(names=names, name=wanted_name(table, near[0]))
        return FileScan(table, path, problems=(FileError(path, code),))
    if table in OPTIONAL and not os.path.lexists(path):
        return FileScan(table, path)
    return scan_file(table, path, limits, use)


def unless_changed(scan: FileScan) -> FileScan:
    """Return what is known of a file, refused if it is another one by now.

    Files that are replaced while others of the batch are read belong to two deliveries.
    """
    if scan.problems or scan.identity is None or not has_changed(scan.path, scan.identity):
        return scan
    return replace(scan, problems=(FileError(scan.path, codes.CHANGED),))


def scan_file(
    table: str,
    path: Path,
    limits: Limits | None = None,
    use: Callable[[Reading], None] = validate_only,
) -> FileScan:
    """Scan one file; what is wrong with it is in `problems` and `rejects` of the result.

    `use` reads it through, and takes its records to where they go.
    """
    limits = limits or load_limits()
    try:
        with open_content(path, limits.file_bytes) as content:
            reading = Reading(table, path, content, limits)
            if not reading.header.problems:
                use(reading)
            return reading.result()
    except FileRefusedError as refusal:
        return FileScan(table, path, problems=(FileError(path, refusal.error),))
