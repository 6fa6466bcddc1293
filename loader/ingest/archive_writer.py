"""Archive a load while it happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812

from loader.history.batches import batch_in_staging, is_batch_taken_in
from loader.ingest.archive import Keeper, archive_dir, new_keeper, newest_of, settle
from loader.settings import Settings


@contextmanager
def archiving(
    settings: Settings, connection: Connection, day: date, directory: Path
) -> Iterator[Keeper | None]:
    """Give a keeper of what is loaded, and put it in place behind the commit.

    None where it is loaded from the archive. A batch that no build took in gives way to the one
    that replaces it, there as in staging.
    """
    staged = batch_in_staging(connection)
    is_taken_in = staged is None or is_batch_taken_in(connection, staged)
    settle(settings, _load_ids(connection))
    connection.rollback()
    if directory.resolve().parent == archive_dir(settings).resolve():
        yield None
        return
    newest = newest_of(settings, day)
    keeper = new_keeper(settings, day, newest)
    try:
        yield keeper
        keeper.put_in_place()
    except BaseException:
        keeper.discard()
        raise
    if keeper.is_new and newest and not is_taken_in and newest.load_id == staged.load_id:
        newest.remove()


def _load_ids(connection: Connection) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("select distinct load_id from ops.loads")
        return {load_id for (load_id,) in cursor.fetchall()}
