"""Open what was delivered, if it is a plain file, and read what it holds."""

import errno
import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loader.ingest.csv.codes import (
    BROKEN_GZIP,
    FORBIDDEN,
    LINK,
    MISSING,
    NOT_A_FILE,
    TOO_LARGE,
    UNREADABLE,
    ErrorCode,
)

CHUNK_BYTES = 1 << 18
PACKED_SUFFIX = ".gz"

Identity = tuple[int, int, int, int]


class FileRefusedError(Exception):
    """Say why a file cannot be taken; `error` has the code."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.message)
        self.error = code


class Content:
    """Read what a file holds, unpacked where its name ends in .gz, in constant memory."""

    def __init__(self, path: Path, descriptor: int, limit: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._limit = limit
        self.is_packed = path.name.endswith(PACKED_SUFFIX)
        self._packed = (
            gzip.GzipFile(fileobj=open(descriptor, "rb", closefd=False))  # noqa: SIM115
            if self.is_packed
            else None
        )
        self.size = 0
        self.identity = self._identity_now()

    def _identity_now(self) -> Identity:
        return _identity(os.fstat(self._descriptor))

    @property
    def has_changed(self) -> bool:
        """Return whether the file was written to, replaced or removed since it was opened."""
        is_written = self._identity_now() != self.identity
        return is_written or has_changed(self._path, self.identity)

    @property
    def is_growing(self) -> bool:
        """Return whether more was read than the file held when it was opened."""
        return not self.is_packed and self.size > self.identity[2]

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        """Return up to `size` bytes, none at the end.

        Raises:
            FileRefusedError: it cannot be unpacked, or holds more than the limit.
        """
        try:
            data = self._packed.read1(size) if self._packed else os.read(self._descriptor, size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise FileRefusedError(BROKEN_GZIP.about(reason=error)) from None
        except OSError as error:
            raise FileRefusedError(UNREADABLE.about(reason=error.strerror)) from None
        self.size += len(data)
        if self.size > self._limit:  # a few packed bytes may hold any number
            raise FileRefusedError(TOO_LARGE.about(limit=self._limit))
        return data

    def read_chunk(self) -> bytes:
        """Return a whole chunk: a short read would end a file early."""
        parts, missing = [], CHUNK_BYTES
        while missing and (part := self.read(missing)):
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)


def _identity(status: os.stat_result) -> Identity:
    """Return what changes when a file is replaced or written to."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def has_changed(path: Path, identity: Identity) -> bool:
    """Return whether a path leads to another file than when its identity was taken, or to none."""
    try:
        return _identity(path.lstat()) != identity
    except OSError:
        return True


@contextmanager
def open_content(path: Path, limit: int) -> Iterator[Content]:
    """Open a plain file for reading; refuse links, pipes, devices and what is too large."""
    try:
        # Without O_NONBLOCK, opening a pipe would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise FileRefusedError(_cannot_open(error)) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise FileRefusedError(NOT_A_FILE)
        if status.st_size > limit:
            raise FileRefusedError(TOO_LARGE.about(limit=limit))
        yield Content(path, descriptor, limit)
    finally:
        os.close(descriptor)


def _cannot_open(error: OSError) -> ErrorCode:
    known = {errno.ENOENT: MISSING, errno.ELOOP: LINK, errno.EACCES: FORBIDDEN}
    return known.get(error.errno or 0, UNREADABLE.about(reason=error.strerror))
