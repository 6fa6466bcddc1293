"""Open what was delivered, if it is a plain file."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHUNK_BYTES = 1 << 20


class FileRefusedError(Exception):
    """Say why a path cannot be read as a plain file."""


@contextmanager
def open_regular_file(path: Path) -> Iterator[int]:
    """Open a plain file for reading and give its descriptor; refuse links, pipes and devices."""
    try:
        # Without O_NONBLOCK, opening a pipe would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise FileRefusedError(_cannot_open(error)) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileRefusedError("is not a plain file; deliver the file itself")
        yield descriptor
    finally:
        os.close(descriptor)


def _cannot_open(error: OSError) -> str:
    known = {
        errno.ENOENT: "is missing; all four files are needed, with a header line at least",
        errno.ELOOP: "is a symbolic link; deliver the file itself",
        errno.EACCES: "cannot be read; give the user of this command the permission to",
    }
    return known.get(error.errno or 0, f"cannot be opened: {error.strerror}")


def file_identity(descriptor: int) -> tuple[int, int, int, int]:
    """Return what changes when a file is replaced or written to: device, inode, size, mtime."""
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def read_chunk(descriptor: int) -> bytes:
    """Read a whole chunk: a short read would end a file early."""
    parts, missing = [], CHUNK_BYTES
    while missing and (part := os.read(descriptor, missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
