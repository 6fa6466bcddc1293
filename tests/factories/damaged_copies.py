"""Copies of the four files, damaged at random, and what becomes of each of them."""

import csv
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from loader.contract import TABLES, file_name
from loader.ingest.csv.body import RejectedLine
from loader.ingest.csv.scan import FileScan, Reading, scan_file

ROWS = 40
ADDRESSES = (
    '"{0} Main St, Springfield, IL 6270{1}"',
    "{0} Elm St",
    '"Flat {1}, Rose Apts,\n{0} MG Road, Andheri East,\nMumbai, Maharashtra"',
    '"{0} ""The Oaks"" Lane"',
    '""',
)
VALUES = {
    "customers": "CUST{0:04},Anna,O'Neil,a{0}@b.example,+91{0:06},2024-01-0{1},Pune,MH,India,26-35",
    "products": 'PROD{0:04},"Cable, {0} m",Books,Fiction,{0}.50,{1}.25,"B ""{1}""",{0},SUP00{1}',
    "transactions": "TXN{0:05},CUST{0:04},2024-06-0{1},10:00:0{1},UPI,{2},{0}.9{1}",
    "transaction_items": "ITEM{0:05},TXN{0:05},PROD{0:04},{1},{0}.00,0,{0}.00",
    "returns": "RET{0:05},ITEM{0:05},2024-06-1{1},{1},{0}.00,Too small",
}
INSERTED = [bytes([code]) for code in b"\",\n\r\0\x1a;' \\09ax\x80\xc3\xff"]


@dataclass(frozen=True)
class Copy:
    """Hold a damaged copy, and the undamaged file's records that the damage spared.

    `lines` says how many lines below the first damage the last one is.
    """

    content: bytes
    spared: list[bytes]
    lines: int


@dataclass
class Outcome:
    """Hold what the scan of a copy says, and which records it lets through."""

    scan: FileScan
    records: list[bytes]
    rejected: list[bytes] = field(default_factory=list)

    @property
    def word(self) -> str:
        """Return what was said of the copy, the strongest first; nothing where it was taken."""
        if self.scan.problems:
            return "refused"
        if self.scan.rejects:
            return "rejected"
        return "warned" if self.scan.warnings else ""


def original(table: str, end: bytes) -> list[bytes]:
    """Return the lines of a file that nothing is wrong with, header first."""
    rows = [
        VALUES[table].format(n, 1 + n % 9, ADDRESSES[n % len(ADDRESSES)].format(n, n % 10))
        for n in range(1, ROWS + 1)
    ]
    return [row.encode() + end for row in (",".join(TABLES[table]), *rows)]


def damaged(records: list[bytes], damage: list[tuple[int, int, bytes]]) -> Copy:
    """Return a copy in which, at each offset, so many bytes are replaced by others."""
    content, spared, start = b"".join(records), [], 0
    for record in records:
        end = start + len(record)
        if not any(at < end and at + max(length, 1) > start for at, length, _ in damage):
            spared.append(record)
        start = end
    lines = content.count(b"\n", damage[0][0], damage[-1][0])
    for at, length, put in sorted(damage, reverse=True):
        content = content[:at] + put + content[at + length :]
    return Copy(content, [record for record in spared if record != records[0]], lines)


def pair_anywhere(pick: random.Random, records: list[bytes]) -> Copy:
    """Put a quote at each of two places."""
    places = sorted(pick.sample(range(sum(map(len, records))), 2))
    return damaged(records, [(place, 0, b'"') for place in places])


def pair_around_values(pick: random.Random, records: list[bytes]) -> Copy:
    """Put a quote before a value, and one behind a value of its line or one of the next."""
    text = b"".join(records)
    first = pick.randrange(len(records[0]), len(text))
    before = max(text.rfind(b",", 0, first), text.rfind(b"\n", 0, first)) + 1
    line_end = first
    for _ in range(pick.choice([1, 2, 2, 2, 3, 6])):
        line_end = text.find(b"\n", line_end) + 1 or len(text)
    behind = [at for at in range(before + 1, line_end) if text[at : at + 1] in b",\r\n"]
    if pick.random() < 0.5:  # the same column
        column = text.count(b",", text.rfind(b"\n", 0, before) + 1, before)
        start = text.rfind(b"\n", 0, line_end - 1) + 1
        ends = [at for at in behind if at >= start]
        behind = ends[column : column + 1] or behind
    return damaged(records, [(before, 0, b'"'), (pick.choice(behind or [first]), 0, b'"')])


def cut(pick: random.Random, records: list[bytes]) -> Copy:
    """Cut the file off at a place; at a record's end more often than chance would."""
    size = sum(map(len, records))
    place = pick.randrange(size)
    if pick.random() < 0.5:
        place = sum(map(len, records[: pick.randrange(1, len(records))])) - pick.randrange(7)
    return damaged(records, [(place, size - place, b"")])


def bytes_deleted(pick: random.Random, records: list[bytes]) -> Copy:
    """Delete one byte, or a few in a row."""
    place = pick.randrange(sum(map(len, records)))
    return damaged(records, [(place, pick.choice([1, 1, 2, 3]), b"")])


def byte_inserted(pick: random.Random, records: list[bytes]) -> Copy:
    """Insert a byte."""
    return damaged(records, [(pick.randrange(sum(map(len, records))), 0, pick.choice(INSERTED))])


KINDS: dict[str, Callable[[random.Random, list[bytes]], Copy]] = {
    kind.__name__: kind
    for kind in (pair_anywhere, pair_around_values, cut, bytes_deleted, byte_inserted)
}


def scanned(table: str, content: bytes, folder: Path) -> Outcome:
    """Scan a copy, and keep what would be loaded and what would be quarantined."""
    path = folder / file_name(table)
    path.write_bytes(content)
    kept = Kept()
    scan = scan_file(table, path, use=kept.read)
    return Outcome(scan, kept.records, kept.rejected)


class Kept:
    """Keep what a scan accepts and rejects."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.rejected: list[bytes] = []

    def read(self, reading: Reading) -> None:
        """Read a file to its end."""
        for _ in reading.chunks(self):
            pass

    def accept(self, records: bytes, lines: range) -> None:
        """Keep records."""
        self.records += [records] if len(lines) == 1 else records.splitlines(keepends=True)

    def reject(self, _: RejectedLine, raw: bytes) -> None:
        """Keep a rejected line."""
        self.rejected.append(raw)


def read_by_csv(content: bytes) -> list[list[str]]:
    """Return the records below the header as another reader reads them; it skips empty lines."""
    found = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    return [record for record in list(found)[1:] if record]


def lost(copy: Copy, outcome: Outcome) -> Iterator[bytes]:
    """Yield records that were spared, and are neither let through nor in a rejected line."""
    for record in copy.spared:
        line = record.rstrip(b"\r\n")
        is_there = any(line == found.rstrip(b"\r\n") for found in outcome.records)
        if not is_there and not any(line in raw for raw in outcome.rejected):
            yield record
