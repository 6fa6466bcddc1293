"""What COPY gets of a file while it is scanned: its records, numbered, and its rejected lines."""

import tempfile
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

from loader.ingest.csv.body import RejectedLine
from loader.ingest.csv.scan import Reading

SPOOL_BYTES = 1 << 20


class Rows:
    """Turn what a scan has validated into rows for COPY.

    A record gets the physical line it starts on as its first value. Of a rejected line, line,
    code, column and bytes go to `rejected`, a file.
    """

    def __init__(self) -> None:
        self._records: list[bytes] = []
        self.rejected = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115

    def accept(self, records: bytes, lines: range) -> None:
        """Take records of one line each, or one that spans lines, and the lines they start on."""
        if len(lines) == 1:
            self._records.append(b"%d,%b" % (lines[0], records))
            return
        # All are numbered at once: each line of the text has a place for its number.
        template = records[:-1].replace(b"%", b"%%").replace(b"\n", b"\n%d,")
        self._records.append(b"%%d,%b\n" % template % tuple(lines))

    def reject(self, reject: RejectedLine, raw: bytes) -> None:
        """Take a rejected line."""
        problem = reject.problem
        values = (str(reject.line), problem.error.code, problem.column or r"\N")
        row = "\t".join((*values, rf"\\x{raw.hex()}"))
        self.rejected.write(row.encode() + b"\n")

    def take(self) -> bytes:
        """Return the rows since the last time."""
        rows = b"".join(self._records)
        self._records.clear()
        return rows


class Stream:
    """Give COPY the rows of a file, a piece at a time; `check` tells whether reading failed."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._pending = memoryview(b"")
        self._failure: Exception | None = None

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes, none at the end."""
        try:
            while not self._pending:
                self._pending = memoryview(next(self._parts))
        except StopIteration:
            return b""
        except Exception as failure:  # noqa: BLE001  (psycopg2 would hide it)
            self._failure = failure
            return b""
        piece, self._pending = self._pending[:size], self._pending[size:]
        return bytes(piece)

    def check(self) -> None:
        """Raise what ended the reading early."""
        if self._failure:
            raise self._failure


@contextmanager
def streamed(
    reading: Reading, rows: Rows, copy: Callable[[bytes], object] | None
) -> Iterator[Stream]:
    """Yield the rows of a file that is read while the server takes in those before them."""

    def parts() -> Generator[bytes]:
        with closing(reading.chunks(rows, copy)) as chunks:
            for _ in chunks:
                yield rows.take()

    with ThreadPoolExecutor(1) as pool, closing(parts()) as found:
        yield Stream(_ahead(found, pool))


def _ahead(parts: Iterator[bytes], pool: ThreadPoolExecutor) -> Iterator[bytes]:
    """Yield each part while the next one is made."""
    following = pool.submit(next, parts, None)
    while (part := following.result()) is not None:
        following = pool.submit(next, parts, None)
        yield part
