"""Check a delivered file, byte by byte, before the database sees it.

One pass, constant memory. The bytes are not changed: what passes here is what COPY gets, so the
file and the table are read by the same rules. See `loader.records` for these rules and
`loader.codes` for what is said about what breaks them.
"""

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from loader import codes
from loader.body import BodyScan, Problem, Reject
from loader.contract import file_name
from loader.files import Content, FileRefusedError, Identity, open_content
from loader.header import read_header
from loader.limits import Limits


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
    data_offset: int = 0
    terminator: bytes = b"\n"
    has_multiline_records: bool = False
    identity: Identity = (0, 0, 0, 0)
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    rejects: tuple[Reject, ...] = ()

    @property
    def delivered_count(self) -> int:
        """Return the records in the file, rejected lines included."""
        return self.row_count + len(self.rejects)


def scan_directory(directory: Path, tables: Iterable[str], limits: Limits) -> list[FileScan]:
    """Scan the file of each table in a folder; problems are in the results, not raised."""
    return [scan_table(table, directory, limits) for table in tables]


def scan_table(table: str, directory: Path, limits: Limits) -> FileScan:
    """Scan the file that delivers a table, plain or packed."""
    path = directory / file_name(table)
    packed = directory / file_name(table, is_packed=True)
    if not os.path.lexists(packed):
        return scan_file(table, path, limits)
    if os.path.lexists(path):
        problem = Problem(path, codes.TWO_FORMS.about(other=packed.name))
        return FileScan(table, path, problems=(problem,))
    return scan_file(table, packed, limits)


def scan_file(table: str, path: Path, limits: Limits | None = None) -> FileScan:
    """Scan one file; what is wrong with it is in `problems` and `rejects` of the result."""
    limits = limits or Limits()
    try:
        with open_content(path, limits.file_bytes) as content:
            return _scan_content(table, path, content, limits)
    except FileRefusedError as refusal:
        return FileScan(table, path, problems=(Problem(path, refusal.fault),))


def _scan_content(table: str, path: Path, content: Content, limits: Limits) -> FileScan:
    identity = content.identity
    first = content.read_chunk()
    header = read_header(table, first)
    if header.problems:
        problems = tuple(Problem(path, fault, 1, column) for fault, column in header.problems)
        return FileScan(table, path, problems=problems)
    body, digest = BodyScan(path, header, limits), hashlib.sha256()
    try:
        _scan_chunks(body, digest, first, content)
    except FileRefusedError as refusal:
        body.refuse(refusal.fault)
    if not body.is_lost and content.identity != identity:
        body.refuse(codes.CHANGED, line=None)
    return FileScan(
        table=table,
        path=path,
        columns=header.columns,
        row_count=body.row_count,
        byte_count=content.size,
        sha256=digest.hexdigest(),
        data_offset=header.length,
        terminator=header.terminator,
        has_multiline_records=body.has_multiline_records,
        identity=identity,
        warnings=header.warnings,
        problems=tuple(body.problems),
        rejects=tuple(body.rejects),
    )


def _scan_chunks(body: "BodyScan", digest: "hashlib._Hash", chunk: bytes, content: Content) -> None:
    """Check and hash a file from its first chunk on."""
    to_skip, expected = body.header.length, content.identity[2]
    with ThreadPoolExecutor(1) as pool:  # hashing lets go of the interpreter: it costs no time
        while chunk:
            hashed = pool.submit(digest.update, chunk)
            body.feed(chunk[to_skip:])
            hashed.result()
            is_growing = not content.is_packed and content.size > expected  # it might never end
            chunk, to_skip = b"" if body.is_lost or is_growing else content.read_chunk(), 0
    body.finish()
