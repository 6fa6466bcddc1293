"""Files that name a person and can go: what was delivered, and what dbt wrote."""

import gzip
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

from loader.config.settings import Settings
from loader.ingest.archive import archived
from loader.ingest.person import Person


def remove_files(settings: Settings, person: Person) -> Iterator[Path]:
    """Remove delivered batches that the archive has, and files of dbt's, that name the person."""
    days = {batch.day.isoformat() for batch in archived(settings)}
    landing = settings.landing_dir
    for folder in sorted(landing.iterdir()) if landing.is_dir() else ():
        if folder.name in days and any(_names(path, person) for path in folder.rglob("*")):
            shutil.rmtree(folder)
            yield folder
    for written in (settings.dbt_target_dir, settings.dbt_log_dir):
        for path in written.rglob("*") if written.is_dir() else ():
            if _names(path, person):
                path.unlink()
                yield path


def _names(path: Path, person: Person) -> bool:
    if not path.is_file():
        return False
    content = path.read_bytes()
    if path.suffix == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):  # no archive has such a file
            return False
    return person.stands_in(content)
