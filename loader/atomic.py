"""Write a file or a folder atomically, by a rename of what is whole; lock a file, hash one."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield a folder to write to, and put it in the target's place when all is written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(target)
    staging = Path(mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    with file_lock(staging):
        try:
            new, old = staging / "new", staging / "old"
            new.mkdir()
            yield new
            if target.exists():
                target.rename(old)
            new.rename(target)
        finally:
            shutil.rmtree(staging)


@contextmanager
def atomic_file(target: Path) -> Iterator[Path]:
    """Yield the path of a file to write, and put it in the target's place when it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        yield staging
        staging.replace(target)
    finally:
        staging.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write a file whole or not at all, as UTF-8."""
    with atomic_file(target) as staging:
        staging.write_text(text, encoding="utf-8")


def write_json(target: Path, content: object) -> None:
    """Write a file as JSON, whole or not at all; what JSON has no type for becomes text."""
    write_text(target, json.dumps(content, indent=2, default=str) + "\n")


def read_json[Content](path: Path, empty: Content) -> Content:
    """Return what a file holds as JSON, or what is empty where there is nothing to be read."""
    try:
        content: Content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return empty
    return content


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def file_lock(path: Path, *, is_waiting: bool = False) -> Iterator[int]:
    """Lock a file, made where there is none, or a folder; yield the descriptor that holds the lock.

    Raises:
        BlockingIOError: another process holds it, and `is_waiting` is false.
    """
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT
    descriptor = os.open(path, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if is_waiting else fcntl.LOCK_NB))
        yield descriptor
    finally:
        os.close(descriptor)


def _remove_abandoned(target: Path) -> None:
    """Remove the staging folder of a process that was killed: its lock went with it."""
    for staging in target.parent.glob(f".{target.name}-*"):
        with suppress(BlockingIOError), file_lock(staging):
            shutil.rmtree(staging)
