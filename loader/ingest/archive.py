"""The batches that were loaded, kept as they came, so that the past can be rebuilt.

Each load is a folder, archive/<date>.<load id>, with the files packed and a manifest. It is written
to a staging folder while the files are loaded, from the very bytes that the database gets, and
renamed when the load is committed; what a killed load left is recovered by the next one.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from gzip import GzipFile
from pathlib import Path
from typing import BinaryIO

from isal import igzip

from loader.atomic import write_json
from loader.config.settings import Settings
from loader.contract import TABLES, file_name
from loader.errors import LoaderError
from loader.ingest.csv.files import FileRefusedError, open_content
from loader.ingest.csv.scan import FileScan

MANIFEST = "manifest.json"
SET_ASIDE = ".taken-back-"
NAMED = re.compile(r"(\d{4}-\d{2}-\d{2})\.(\d{6,})")
Files = dict[str, dict[str, str | int]]
PACKING_LEVEL = 1  # a quarter of the size in a third of the time that zlib takes


@dataclass(frozen=True)
class ArchivedBatch:
    """Name an archived batch; `files` are its manifest's entries by table, but of newer ones."""

    folder: Path
    day: date
    load_id: int
    files: Files

    @property
    def hashes(self) -> dict[str, str]:
        """Return the SHA-256 of each file's content."""
        return {table: str(entry["sha256"]) for table, entry in self.files.items()}

    def remove(self) -> None:
        """Remove the batch from the archive."""
        shutil.rmtree(self.folder)

    def set_aside(self) -> None:
        """Take the batch out of the archive, and leave its files until what follows has ended."""
        replace_folder(self.folder, self.folder.with_name(SET_ASIDE + self.folder.name))

    def check(self) -> None:
        """Check that the files are what was archived.

        Raises:
            LoaderError: names the file that is not.
        """
        for table, expected in self.hashes.items():
            path = self.folder / file_name(table, is_packed=True)
            if content_hash(path) != expected:
                raise LoaderError(f"{path} is not what was archived; restore it from a backup")


def archive_dir(settings: Settings) -> Path:
    """Return the folder of archived batches."""
    return settings.root / "archive"


def is_in_archive(settings: Settings, directory: Path) -> bool:
    """Return whether a folder is that of an archived batch."""
    return directory.resolve().parent == archive_dir(settings).resolve()


def archived(settings: Settings) -> list[ArchivedBatch]:
    """Return the archived batches in the order in which they were loaded.

    Raises:
        LoaderError: a manifest cannot be read.
    """
    folder = archive_dir(settings)
    paths = folder.iterdir() if folder.is_dir() else ()
    found = [_read(path) for path in paths if NAMED.fullmatch(path.name)]
    return sorted(found, key=lambda batch: (batch.day, batch.load_id))


def put_back(settings: Settings, names: Iterable[str]) -> None:
    """Put batches that were set aside into the archive again, those that are not there yet."""
    for name in names:
        aside = archive_dir(settings) / (SET_ASIDE + name)
        if aside.exists():
            replace_folder(aside, aside.with_name(name))


def remove_set_aside(settings: Settings) -> None:
    """Remove the batches that were taken out of the archive for good."""
    for path in archive_dir(settings).glob(f"{SET_ASIDE}*"):
        shutil.rmtree(path)


def _read(folder: Path) -> ArchivedBatch:
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        day, load_id = date.fromisoformat(content["batch_date"]), int(content["load_id"])
        files = {table: content["files"][table] for table in TABLES if table in content["files"]}
        batch = ArchivedBatch(folder, day, load_id, files)
        _ = batch.hashes
    except (OSError, ValueError, KeyError, TypeError):
        raise LoaderError(f"{folder} is no archived batch: its {MANIFEST} is unreadable") from None
    return batch


def packing(raw: BinaryIO) -> GzipFile:
    """Return a file that packs into another; the same bytes give the same file."""
    # isal has no types.
    return igzip.IGzipFile("", "wb", PACKING_LEVEL, raw, mtime=0)  # type: ignore[no-untyped-call]


def described(scan: FileScan) -> dict[str, str | int]:
    """Return a file's entry in the manifest."""
    return {"sha256": scan.sha256, "rows": scan.delivered_count, "rejected": len(scan.rejects)}


def write_manifest(folder: Path, day: date, load_id: int, files: Files) -> None:
    """Write the manifest of an archived batch, whole or not at all."""
    content = {"batch_date": day.isoformat(), "load_id": load_id, "files": files}
    write_json(folder / MANIFEST, content)


def replace_folder(source: Path, target: Path) -> None:
    """Rename a folder to what may be there already."""
    if target.exists():  # of a database that is no more
        shutil.rmtree(target)
    source.rename(target)


def newest_of(settings: Settings, day: date) -> ArchivedBatch | None:
    """Return the newest archived batch of a date, or None."""
    return next((batch for batch in reversed(archived(settings)) if batch.day == day), None)


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a packed file's content.

    Raises:
        LoaderError: it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with open_content(path, 1 << 50) as content:
            while chunk := content.read_chunk():
                digest.update(chunk)
    except FileRefusedError as refusal:
        raise LoaderError(f"{path}: {refusal}; restore it from a backup") from None
    return digest.hexdigest()
