"""The repository's own files, for tests about all of them."""

import subprocess
from pathlib import Path

from loader.config.settings import REPOSITORY


def files_in_git() -> list[Path]:
    """Return the files that git knows and the folder has."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    paths = [REPOSITORY / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]
