"""Erase a customer: from the database, the archive, what was delivered, exported and shown.

The sales stay, as those of an anonymous customer, so no total moves. What is kept of the person is
a salted hash of the id: by it a later delivery is recognised and made anonymous while it is loaded.

It is an administrator's command, and an administrator writes to the loader's tables only. Those
that dbt made are changed in a session of the role that owns them, whose triggers could run there.
"""

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.config.settings import Settings
from loader.database import server
from loader.database.credentials import TRANSFORMER
from loader.database.errors import database_errors
from loader.database.fetch import fetch_row, relation_exists, statements
from loader.database.retry import retry_transient
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.export.send import forget_previous
from loader.export.write import forget_exports
from loader.history.batches import refuse_during_revert
from loader.history.lock import alone
from loader.ingest.anonymize import scrub_batch
from loader.ingest.archive import archived
from loader.ingest.archive_writer import recover_archive
from loader.ingest.identifiers import clean_id
from loader.ingest.person import Person
from loader.pipeline.context import Order
from loader.pipeline.run import run
from loader.privacy.erase_on_spark import (
    erase_on_spark,
    released_on_spark,
    rows_on_spark,
    values_on_spark,
)
from loader.privacy.erase_rows import erase_built_rows, erase_loaded_rows, identifier
from loader.privacy.places import FOUND_BY
from loader.privacy.remove_files import remove_files
from loader.spark.expire_snapshots import expire_all

SQL = statements(Path(__file__).with_suffix(".sql"))

SHORTEST_VALUE = 6  # shorter texts stand in other people's rows as well


@dataclass(frozen=True)
class Erasure:
    """Say what was erased: the id that is left, and where the person was found."""

    pseudonym: str
    tables: dict[str, int]
    batches: int
    removed: tuple[Path, ...]


@dataclass
class Progress:
    """Collect what the attempts of one command changed, as they may have committed a part each."""

    is_known: bool = False  # the customer was found, or erased before
    tables: dict[str, int] = field(default_factory=dict)
    batches: set[str] = field(default_factory=set)

    def count(self, tables: dict[str, int]) -> None:
        """Count changed rows: those that an attempt did not commit are all found again."""
        for table, rows in tables.items():
            self.tables[table] = max(rows, self.tables.get(table, 0))
            self.is_known |= rows > 0


def erase_customer(settings: Settings, customer_id: str) -> Erasure:
    """Erase a customer everywhere, build and publish the mart anew, export it and draw its pages.

    The id may be written as it was delivered. It can be run again after it was stopped: the
    pseudonym is on record before anything changes, so that every run gives the same one.

    Raises:
        LoaderError: nobody has that id, or a step failed; the message says which.
    """
    customer_id = clean_id(customer_id)
    if not customer_id:
        raise LoaderError("a customer id has something to be seen: nothing was erased")
    progress = Progress()
    erasure = alone(
        settings, "erase-customer", lambda _: _erase(settings, customer_id, progress), role=None
    )
    _build_anew(settings)
    if settings.is_on_spark:
        alone(settings, "erase-customer", lambda _: expire_all(settings), role=None)
    retry_transient(partial(_record_end, settings, erasure.pseudonym))
    return erasure


def _erase(settings: Settings, customer_id: str, progress: Progress) -> Erasure:
    """Erase a person from the database, the archive and files that name them."""
    with (
        closing(server.connect(settings, None)) as administrator,
        closing(server.connect(settings, TRANSFORMER)) as transformer,
    ):
        ensure_schema(administrator)
        refuse_during_revert(administrator)
        recover_archive(settings, administrator)
        with (
            database_errors("nothing was erased"),
            administrator,
            administrator.cursor() as loaded,
            transformer,
            transformer.cursor() as built,
        ):
            _refuse_release(settings, built, customer_id)
            person = _person(settings, loaded, built, customer_id, progress)
        # The administrator's part is committed first: by what is still found in the other, the
        # command can be run again.
        with (
            database_errors("nothing was erased"),
            transformer,
            administrator,
            transformer.cursor() as built,
            administrator.cursor() as loaded,
        ):
            archive = archived(settings)
            built_tables = dict(erase_built_rows(built, person))
            loaded_tables = dict(erase_loaded_rows(loaded, person, archive))
            for batch in archive:
                entries = scrub_batch(batch, person)
                progress.is_known |= bool(entries)  # an attempt that was killed may have made them
                if batch.files | entries != batch.files:
                    progress.batches.add(batch.folder.name)
            progress.count(built_tables | loaded_tables)
            if settings.is_on_spark:
                progress.count(rows_on_spark(settings, person))
            loaded.execute(SQL["found" if progress.is_known else "forget"], (person.pseudonym,))
        if not progress.is_known:
            raise LoaderError(f"no customer {customer_id} is known: nothing was erased")
        _vacuum(transformer, built_tables)
        _vacuum(administrator, loaded_tables)
    removed = tuple(remove_files(settings, person))
    if settings.is_on_spark:  # last: by what it has, an attempt after this one finds the rest
        erase_on_spark(settings, person)
    changed = {table: rows for table, rows in progress.tables.items() if rows}
    return Erasure(person.pseudonym, changed, len(progress.batches), removed)


def _record_end(settings: Settings, pseudonym: str) -> None:
    with server.transaction(settings, None) as cursor:
        cursor.execute(SQL["complete"], (pseudonym,))


def _refuse_release(settings: Settings, cursor: Cursor, customer_id: str) -> None:
    """Stop where the e-mail address that becomes free would let another row of it in.

    Raises:
        LoaderError: names the customers to erase first.
    """
    others = []
    if settings.is_on_spark:
        others = released_on_spark(settings, SQL["released"], customer_id)
    elif relation_exists(cursor, "quarantine.rejected_customers"):
        cursor.execute(SQL["released"], (customer_id,))
        others = [other for (other,) in cursor.fetchall()]
    if others:
        raise LoaderError(
            f"nothing was erased: quarantine holds {', '.join(others)} with the same e-mail "
            f"address, and the next build would accept it; erase {others[0]} first"
        )


def _person(
    settings: Settings, cursor: Cursor, built: Cursor, customer_id: str, progress: Progress
) -> Person:
    """Put the erasure on record, or find it there, and collect by what the person is found."""
    cursor.execute("lock table ops.erasures in exclusive mode")
    cursor.execute("select salt from ops.erasures limit 1")
    row = cursor.fetchone()
    salt = bytes(row[0]) if row else secrets.token_bytes(16)
    id_hash = hashlib.sha256(salt + customer_id.encode()).digest()
    cursor.execute(SQL["begin"], {"id_hash": id_hash, "salt": salt})
    cursor.execute(SQL["begun"], (id_hash,))
    pseudonym, is_erased = fetch_row(cursor)
    progress.is_known |= is_erased
    values = set(_values(built, customer_id))
    if settings.is_on_spark:
        values |= values_on_spark(settings, customer_id)
    return Person(
        customer_id, pseudonym, frozenset(text for text in values if len(text) >= SHORTEST_VALUE)
    )


def _values(cursor: Cursor, customer_id: str) -> Iterator[str]:
    """Yield the texts by which the person could be found in files and in lines that are no rows."""
    for table, columns in FOUND_BY.items():
        if not relation_exists(cursor, table):
            continue
        for column in columns:
            cursor.execute(
                sql.SQL("select distinct {} from {} where ops.clean_code(customer_id) = %s").format(
                    sql.Identifier(column), identifier(table)
                ),
                (customer_id,),
            )
            yield from (text for (text,) in cursor.fetchall() if text)


def _vacuum(connection: Connection, tables: Iterable[str]) -> None:
    """Vacuum tables, and replace what the planner's statistics quote of their old rows.

    All that may have held the person: who changed them may have been stopped before this.
    """
    connection.autocommit = True
    with database_errors("cannot vacuum"), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(sql.SQL("vacuum (analyze) {}").format(identifier(table)))


def _build_anew(settings: Settings) -> None:
    """Build the mart from production and publish it whole: two customers may have become one.

    The rows in mart are anonymous already, so no publication says that they changed: without what
    they kept, exports and dashboards are written whole. Object storage keeps this publication only.
    """
    forget_exports(settings)
    run(Order(("build", "export", "dashboard", "report"), is_full_refresh=True), settings)
    forget_previous(settings)
