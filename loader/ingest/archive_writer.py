"""Archive a load while it happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812

from loader.config.settings import Settings
from loader.history.batches import batch_in_staging, is_batch_processed
from loader.ingest.archive import (
    ArchiveWriter,
    is_in_archive,
    new_archive_writer,
    newest_of,
    recover,
)


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
    writer = new_archive_writer(settings, day, newest)
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
    recover(settings, committed)
