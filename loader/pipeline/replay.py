"""Rebuild everything from the archived batches, into an empty database."""

from contextlib import closing
from datetime import date
from functools import partial
from typing import NamedTuple

from loader.config.settings import Settings
from loader.database import server
from loader.database.retry import retry_transient
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.ingest.archive import ArchivedBatch, archive_dir, archived
from loader.pipeline.context import Order
from loader.pipeline.run import run


class Content(NamedTuple):
    """Hold what makes a batch the same as another: its date, and its files' SHA-256 by table."""

    day: date
    hashes: dict[str, str]


def replay(settings: Settings, delivery: ArchivedBatch | None = None) -> list[ArchivedBatch]:
    """Load and build every archived batch in order, publish and export, and return the batches.

    A delivery that is not in the archive yet is loaded among them, by its date. A replay that was
    stopped goes on with the batch it was at.

    Raises:
        LoaderError: there is nothing to replay, an archived file is not what it was, or the
            database holds something else; it is then as it was.
    """
    batches = archived(settings)
    if not batches and not delivery:
        raise LoaderError(f"{archive_dir(settings)} holds no batch: there is nothing to replay")
    for batch in batches:
        batch.check()
    if delivery:
        batches = sorted([*batches, delivery], key=lambda batch: batch.day)
    first = retry_transient(partial(_first, settings, batches))
    for batch in batches[first:]:
        # what was published before this replay is compared with the first batch whole
        is_first = batch is batches[0]
        order = Order(
            ("load", "build"), batch.day, batch.folder, is_replay=True, is_full_refresh=is_first
        )
        run(order, settings)
    run(Order(("export", "dashboard", "report"), batches[-1].day, is_replay=True), settings)
    return batches


def _first(settings: Settings, batches: list[ArchivedBatch]) -> int:
    """Return where to begin: at the start, or where an earlier replay stopped."""
    with closing(server.connect(settings)) as connection, connection.cursor() as cursor:
        ensure_schema(connection)
        cursor.execute(
            "select load_id, batch_date, table_name, sha256 from ops.loads order by load_id"
        )
        loads: dict[int, Content] = {}
        for load_id, day, table, sha256 in cursor.fetchall():
            if sha256:  # of a table that the batch is older than there was no file
                loads.setdefault(load_id, Content(day, {})).hashes[table] = sha256
    known = [Content(batch.day, batch.hashes) for batch in batches]
    done: list[Content] = []
    for load in loads.values():
        if not done or done[-1] != load:  # the batch at which it stopped is loaded once more
            done.append(load)
    if done != known[: len(done)]:
        raise LoaderError(
            "the database is not empty and holds other batches than the archive: replay into an "
            "empty one, named by PGDATABASE or made anew by make clean (keep the archive)"
        )
    return max(len(done) - 1, 0)
