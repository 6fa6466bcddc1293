"""Give COPY what was scanned, without the rejected lines, and know whether it is still the same."""

import hashlib
import tempfile
from collections.abc import Iterator
from typing import IO

from loader.body import Reject
from loader.codes import CHANGED
from loader.files import CHUNK_BYTES, Content, FileRefusedError
from loader.records import one_record, simple_records
from loader.scan import FileScan

SPOOL_BYTES = 1 << 20


class ScannedFile:
    """Give COPY the records of a scanned file.

    Records go as they are when each takes one line and none is rejected, because the table then
    numbers them itself. Else each gets its line number in front, and the bytes of rejected lines
    go to `rejected`, a file of rows for COPY: line, code, column and bytes. All bytes of the file
    go to `copy` as they are.
    """

    def __init__(self, content: Content, scan: FileScan, copy: IO[bytes] | None = None) -> None:
        self._content = content
        self._copy = copy
        self._scan = scan
        self._digest = hashlib.sha256()
        self._identity = content.identity
        self._failure: FileRefusedError | None = None
        self._records = self._numbered_records() if is_numbered(scan) else None
        self._pending = memoryview(b"")
        self.rejected = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115
        self._skip(scan.data_offset)

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes for COPY, none at the end."""
        try:
            if self._records is None:
                return self._read(size)
            if not self._pending:
                self._pending = memoryview(next(self._records, b""))
        except FileRefusedError as failure:  # psycopg2 would hide it
            self._failure = failure
            return b""
        piece, self._pending = self._pending[:size], self._pending[size:]
        return bytes(piece)

    def check_is_as_scanned(self) -> None:
        """Check that the file that was read is, byte for byte, the one that was scanned.

        Raises:
            FileRefusedError: it is another, or cannot be read any more.
        """
        if self._failure:
            raise self._failure
        is_same = (
            self._identity == self._scan.identity == self._content.identity
            and self._digest.hexdigest() == self._scan.sha256
        )
        if not is_same:
            raise FileRefusedError(CHANGED)

    def _read(self, size: int) -> bytes:
        data = self._content.read(size)
        self._digest.update(data)
        if self._copy:
            self._copy.write(data)
        return data

    def _skip(self, size: int) -> None:
        while size and (data := self._read(size)):
            size -= len(data)

    def _numbered_records(self) -> Iterator[bytes]:
        """Give chunks of records, each with the physical line it starts on as its first value."""
        rejects, numbering = list(reversed(self._scan.rejects)), Numbering(self._scan)
        rest, offset, is_end = b"", self._scan.data_offset, False
        while not is_end:
            chunk = self._read(CHUNK_BYTES)
            is_end = not chunk
            if is_end and rest and not rest.endswith(b"\n"):
                chunk = self._scan.terminator
            data, position = rest + chunk, 0
            while rejects and rejects[-1].offset + rejects[-1].length <= offset + len(data):
                reject = rejects.pop()
                start = reject.offset - offset
                yield from numbering.records(data, position, start)
                position = start + reject.length
                self._keep(reject, data[start:position])
                numbering.line += data.count(b"\n", start, position)
            end = rejects[-1].offset - offset if rejects else len(data)
            yield from numbering.records(data, position, min(end, len(data)))
            position = max(position, numbering.end)
            rest, offset = data[position:], offset + position

    def _keep(self, reject: Reject, raw: bytes) -> None:
        problem = reject.problem
        values = (str(reject.line), problem.fault.code, problem.column or r"\N")
        line = "\t".join((*values, rf"\\x{raw.hex()}"))
        self.rejected.write(line.encode() + b"\n")


class Numbering:
    """Put line numbers in front of records."""

    def __init__(self, scan: FileScan) -> None:
        shape = len(scan.columns), scan.terminator
        self._simple, self._one = simple_records(*shape), one_record(*shape)
        self.line = 2
        self.end = 0

    def records(self, data: bytes, start: int, end: int) -> Iterator[bytes]:
        """Give the whole records between two positions, numbered; `end` is where they stop."""
        position, numbered = start, []
        while position < end:
            stop = self._simple.match(data, position, end).end()  # type: ignore[union-attr]
            if stop > position:
                lines = data[position : stop - 1].split(b"\n")
                numbered += [b"%d,%b\n" % pair for pair in enumerate(lines, self.line)]
                self.line += len(lines)
            elif found := self._one.match(data, position, end):
                numbered.append(b"%d,%b" % (self.line, found[0]))
                self.line += found[0].count(b"\n")
                stop = found.end()
            else:
                break
            position = stop
        self.end = position
        if numbered:  # COPY would take an empty answer for the end
            yield b"".join(numbered)


def is_numbered(scan: FileScan) -> bool:
    """Tell whether records carry their line number, because the table cannot count the lines."""
    return scan.has_multiline_records or bool(scan.rejects)
