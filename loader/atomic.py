"""Write a folder aside, and put it in its place when it is whole."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Give a folder to write to, and put it in the target's place when all is written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(target)
    aside = Path(mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    with _locked(aside):
        try:
            new, old = aside / "new", aside / "old"
            new.mkdir()
            yield new
            if target.exists():
                os.rename(target, old)  # noqa: PTH104
            os.rename(new, target)  # noqa: PTH104
        finally:
            shutil.rmtree(aside)


def _remove_abandoned(target: Path) -> None:
    """Remove what a process wrote aside that was killed: its lock went with it."""
    for aside in target.parent.glob(f".{target.name}-*"):
        with suppress(BlockingIOError), _locked(aside):
            shutil.rmtree(aside)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
