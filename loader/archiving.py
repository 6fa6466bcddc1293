"""Archive a load while it happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from psycopg2.extensions import connection as Connection  # noqa: N812

from loader.archive import Keeper, archive_dir, new_keeper, newest_of, settle
from loader.ops import batch_in_staging, is_batch_taken_in
from loader.scan import FileScan
from loader.settings import Settings


@contextmanager
def archiving(
    settings: Settings, connection: Connection, day: date, files: tuple[FileScan, ...]
) -> Iterator[Keeper | None]:
    """Give a keeper of what is loaded, and put it in place behind the commit.

    None where the archive has it: when it is loaded from there, or for the second time. A batch
    that no build took in gives way to the one that replaces it, there as in staging.
    """
    staged = batch_in_staging(connection)
    is_taken_in = staged is None or is_batch_taken_in(connection, staged)
    settle(settings, _load_ids(connection))
    connection.rollback()
    newest = newest_of(settings, day)
    hashes = {scan.table: scan.sha256 for scan in files}
    is_from_there = files[0].path.parent.parent.resolve() == archive_dir(settings)
    if is_from_there or (newest and newest.hashes == hashes):
        yield None
        return
    keeper = new_keeper(settings)
    try:
        yield keeper
        keeper.put_in_place()
    except BaseException:
        keeper.discard()
        raise
    if newest and not is_taken_in and newest.load_id == staged.load_id:
        newest.remove()


def _load_ids(connection: Connection) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("select distinct load_id from ops.loads")
        return {load_id for (load_id,) in cursor.fetchall()}
