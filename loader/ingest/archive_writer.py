"""Archive a load while it happens."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from gzip import GzipFile
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812

from loader.config.settings import Settings
from loader.contract import file_name
from loader.history.batches import batch_in_staging, is_batch_processed
from loader.ingest.archive import (
    NAMED,
    ArchivedBatch,
    Files,
    archive_dir,
    is_in_archive,
    newest_of,
    packing,
    replace_folder,
    write_manifest,
)

STAGING = ".aside-"


class ArchiveWriter:
    """Keep the files of one load aside until it is committed; `known` is what the archive has."""

    def __init__(self, folder: Path, day: date, known: ArchivedBatch | None) -> None:
        self.folder = folder
        self._day = day
        self._known = known.hashes if known else None
        self._final: Path | None = None
        folder.mkdir(mode=0o700, parents=True)

    @property
    def is_new(self) -> bool:
        """Return whether the load is whole, and of other files than the archive has."""
        return self._final is not None

    @contextmanager
    def file(self, table: str) -> Iterator[GzipFile]:
        """Yield the file that a table's bytes go to; the same bytes give the same file."""
        path = self.folder / file_name(table, is_packed=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with (
            open(descriptor, "wb") as raw,  # noqa: PTH123
            packing(raw) as packed,
        ):
            yield packed
            packed.close()
            raw.flush()
            os.fsync(raw.fileno())

    def finalize(self, load_id: int, files: Files) -> None:
        """Write the manifest, which makes the folder whole, unless the archive has these files."""
        if self._known == {table: entry["sha256"] for table, entry in files.items()}:
            return
        write_manifest(self.folder, self._day, load_id, files)
        self._final = self.folder.with_name(f"{self._day}.{load_id:06}")
        finalized = self.folder.with_name(STAGING + self._final.name)
        self.folder.rename(finalized)
        self.folder = finalized

    def commit(self) -> None:
        """Rename the folder, now that the load is committed; remove what is not new."""
        if self._final:
            replace_folder(self.folder, self._final)
        else:
            self.discard()

    def discard(self) -> None:
        """Remove what was written."""
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def archiving(
    settings: Settings, connection: Connection, day: date, directory: Path
) -> Iterator[ArchiveWriter | None]:
    """Yield a writer of what is loaded, and commit it behind the transaction.

    None where it is loaded from the archive. A batch that no build took in gives way to the one
    that replaces it, there as in staging.
    """
    staged = batch_in_staging(connection)
    unprocessed = staged if staged and not is_batch_processed(connection, staged) else None
    recover_archive(settings, connection)
    if is_in_archive(settings, directory):
        yield None
        return
    newest = newest_of(settings, day)
    writer = ArchiveWriter(archive_dir(settings) / f"{STAGING}{os.getpid()}", day, newest)
    try:
        yield writer
        writer.commit()
    except BaseException:
        writer.discard()
        raise
    if writer.is_new and newest and unprocessed and newest.load_id == unprocessed.load_id:
        newest.remove()


def recover_archive(settings: Settings, connection: Connection) -> None:
    """Commit what a killed load left aside, if its transaction committed, and remove it if not."""
    with connection.cursor() as cursor:
        cursor.execute("select distinct load_id from ops.loads")
        committed = {load_id for (load_id,) in cursor.fetchall()}
    connection.rollback()
    for path in archive_dir(settings).glob(f"{STAGING}*"):
        named = NAMED.fullmatch(path.name.removeprefix(STAGING))
        if named and int(named[2]) in committed:
            replace_folder(path, path.with_name(named[0]))
        else:
            shutil.rmtree(path)
