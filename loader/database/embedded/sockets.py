"""Private folders, and where a server's socket can be."""

import contextlib
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from loader.errors import LoaderError

PORT = 5432
LONGEST_PATH = 103  # bytes; macOS allows 103, Linux 107


def make_private(folder: Path, owners: set[int]) -> None:
    """Make a folder that only its owner may enter, or check and close one that is there.

    Raises:
        LoaderError: something else is in the way, or it belongs to none of the user ids `owners`.
    """
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in owners:
        raise LoaderError(
            f"{folder} belongs to another user or is not a folder: work as its owner, "
            "or set SHOP_ROOT to a folder of your own, or PGHOST to use another server"
        )
    if stat.S_IMODE(status.st_mode) != stat.S_IRWXU:
        folder.chmod(0o700)


def socket_folder(preferred: Path) -> Path:
    """Return `preferred`, or a folder of the same user with a short path where that is too long."""
    if _fits(preferred):
        return preferred
    digest = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:16]
    shared = "/tmp"  # noqa: S108  (the folder in it is private, see make_private)
    places = [os.environ.get("XDG_RUNTIME_DIR") or shared, tempfile.gettempdir(), shared]
    folders = [Path(place) / f"shop-{os.geteuid()}-{digest}" for place in places]
    return next(folder for folder in folders if folder.parent.is_dir() and _fits(folder))


def _fits(folder: Path) -> bool:
    """Return whether the system and libpq's host lists allow the name of a socket in the folder."""
    path = os.fsencode(folder / f".s.PGSQL.{PORT}")
    return len(path) <= LONGEST_PATH and b"," not in path
