"""Erase a customer: from the database, the archive, what was delivered, exported and shown.

The sales stay, as those of an anonymous customer, so no total moves. What is kept of the person is
a salted hash of the id: by it a later delivery is recognised and made anonymous while it is loaded.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import cursor as Cursor  # noqa: N812
from psycopg2.extras import Json

from loader import ops, server
from loader.archive import archived
from loader.errors import LoaderError
from loader.order import Order
from loader.person import Person, anonymous
from loader.run import run
from loader.scrub import scrub_batch
from loader.settings import Settings

SHORTEST_VALUE = 6  # shorter texts stand in other people's rows as well
WITH_CUSTOMERS = (
    "staging.customers",
    "staging.stg_customers",
    "quarantine.rejected_customers",
    "production.customers",
)
WITH_TRANSACTIONS = (
    "staging.transactions",
    "staging.stg_transactions",
    "quarantine.rejected_transactions",
    "production.transactions",
)


@dataclass(frozen=True)
class Erasure:
    """Say what was erased: the id that is left, and where the person was found."""

    pseudonym: str
    tables: dict[str, int]
    batches: int
    removed: tuple[Path, ...]


def erase_customer(settings: Settings, customer_id: str) -> Erasure:
    """Erase a customer everywhere, build and publish the mart anew, export it and draw its pages.

    It can be run again after it was stopped.

    Raises:
        LoaderError: nobody has that id, or a step failed; the message says which.
    """
    with closing(server.connect(settings, None)) as connection:
        ops.ensure_schema(connection)
        with ops.database_errors("nothing was erased"), connection, connection.cursor() as cursor:
            person = _person(cursor, customer_id)
            tables = dict(_erase_rows(cursor, person))
            batches = sum(scrub_batch(batch, person) for batch in archived(settings))
            if not tables and not batches and person.is_new:
                raise LoaderError(f"no customer {customer_id} is known: nothing was erased")
        _vacuum(connection, tables)
    removed = tuple(_remove_files(settings, person))
    _build_anew(settings)
    with closing(server.connect(settings, None)) as connection, connection:
        connection.cursor().execute(
            "update ops.erasures set completed_at = now() where pseudonym = %s", (person.pseudonym,)
        )
    return Erasure(person.pseudonym, tables, batches, removed)


@dataclass(frozen=True)
class KnownPerson(Person):
    """A person, and whether this is the first time that their erasure is asked for."""

    is_new: bool = True


def _person(cursor: Cursor, customer_id: str) -> KnownPerson:
    """Put the erasure on record, or find it there, and collect by what the person is found."""
    cursor.execute("lock table ops.erasures in exclusive mode")
    cursor.execute("select salt from ops.erasures limit 1")
    row = cursor.fetchone()
    salt = bytes(row[0]) if row else secrets.token_bytes(16)
    id_hash = hashlib.sha256(salt + customer_id.encode()).digest()
    cursor.execute("select pseudonym from ops.erasures where id_hash = %s", (id_hash,))
    row = cursor.fetchone()
    if row:
        pseudonym, is_new = row[0], False
    else:
        cursor.execute("select count(*) + 1 from ops.erasures")
        pseudonym, is_new = f"ERASED{cursor.fetchone()[0]:06}", True
        cursor.execute(
            "insert into ops.erasures (pseudonym, id_hash, salt, erased_at)"
            " values (%s, %s, %s, now())",
            (pseudonym, id_hash, salt),
        )
    values = frozenset(_values(cursor, customer_id))
    return KnownPerson(customer_id, pseudonym, values, is_new)


def _values(cursor: Cursor, customer_id: str) -> Iterator[str]:
    """Give the texts by which the person could be found in files and in lines that are no rows."""
    looked_up = [(table, "email", "phone") for table in WITH_CUSTOMERS]
    looked_up += [(table, "shipping_address") for table in WITH_TRANSACTIONS]
    for table, *columns in looked_up:
        if not _exists(cursor, table):
            continue
        for column in columns:
            cursor.execute(
                sql.SQL("select distinct {} from {} where btrim(customer_id) = %s").format(
                    sql.Identifier(column), _table(table)
                ),
                (customer_id,),
            )
            yield from (
                text for (text,) in cursor.fetchall() if text and len(text) >= SHORTEST_VALUE
            )


def _erase_rows(cursor: Cursor, person: Person) -> Iterator[tuple[str, int]]:
    """Make the person's rows anonymous, and give the tables with the number of rows changed."""
    _copy_customer(cursor, person)
    for kind, tables in (("customers", WITH_CUSTOMERS), ("transactions", WITH_TRANSACTIONS)):
        for table in tables:
            if table != "production.customers":
                yield from _change(cursor, table, anonymous(kind, person.pseudonym), person)
    cursor.execute("select to_regclass('production.customers') is not null")
    if cursor.fetchone()[0]:
        cursor.execute(
            "delete from production.customers where customer_id = %s", (person.customer_id,)
        )
        yield from _counted("production.customers", cursor.rowcount)
    yield from _change_history(cursor, person)
    yield from _change_marts(cursor, person)
    if _exists(cursor, "ops.row_warnings"):
        cursor.execute(
            "update ops.row_warnings set row_key = %s"
            " where table_name = 'customers' and row_key = %s",
            (person.pseudonym, person.customer_id),
        )
        yield from _counted("ops.row_warnings", cursor.rowcount)
    yield from _empty_lines(cursor, person)


def _copy_customer(cursor: Cursor, person: Person) -> None:
    """Put the anonymous customer beside the person, so that sales can change hands."""
    if not _exists(cursor, "production.customers"):
        return
    changed = anonymous("customers", person.pseudonym) | {"phone": None}
    cursor.execute(
        "insert into production.customers select (jsonb_populate_record("
        "customers, %s::jsonb)).* from production.customers where customer_id = %s"
        " on conflict (customer_id) do nothing",
        (Json(changed), person.customer_id),
    )


def _change(
    cursor: Cursor, table: str, changed: dict[str, str], person: Person
) -> Iterator[tuple[str, int]]:
    if not _exists(cursor, table):
        return
    is_raw = not table.startswith("production.")
    values = {name: value if value or is_raw else None for name, value in changed.items()}
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value))
        for name, value in values.items()
    )
    statement = sql.SQL("update {} set {} where btrim(customer_id) = {}")
    cursor.execute(statement.format(_table(table), assignments, sql.Literal(person.customer_id)))
    yield from _counted(table, cursor.rowcount)


def _change_history(cursor: Cursor, person: Person) -> Iterator[tuple[str, int]]:
    """Change every version; dbt's key of a version is a hash that the id is part of."""
    if not _exists(cursor, "snapshots.customers_snapshot"):
        return
    cursor.execute(
        "update snapshots.customers_snapshot set customer_id = %(new)s, first_name = 'Erased',"
        " last_name = 'Customer', dbt_scd_id = md5(%(new)s || '|' || dbt_updated_at::text)"
        " where customer_id = %(old)s",
        {"new": person.pseudonym, "old": person.customer_id},
    )
    yield from _counted("snapshots.customers_snapshot", cursor.rowcount)


def _change_marts(cursor: Cursor, person: Person) -> Iterator[tuple[str, int]]:
    """Change what is published and what is built, until it is built anew under the new id."""
    cursor.execute(
        "select table_schema || '.' || table_name, bool_or(column_name = 'full_name')"
        " from information_schema.columns"
        " where table_schema in ('mart', 'mart_build')"
        " and column_name in ('customer_id', 'full_name')"
        " group by 1 having bool_or(column_name = 'customer_id') order by 1"
    )
    for table, has_name in cursor.fetchall():
        name = sql.SQL(", full_name = 'Erased Customer'" if has_name else "")
        cursor.execute(
            sql.SQL("update {} set customer_id = %s{} where customer_id = %s").format(
                _table(table), name
            ),
            (person.pseudonym, person.customer_id),
        )
        yield from _counted(table, cursor.rowcount)


def _empty_lines(cursor: Cursor, person: Person) -> Iterator[tuple[str, int]]:
    """Empty the lines that name the person; a line that is no record belongs to nobody else."""
    needles = [value.encode() for value in (person.customer_id, *person.values)]
    cursor.execute(
        "update quarantine.rejected_lines set raw = ''"
        " where exists (select from unnest(%s) as needle where position(needle in raw) > 0)",
        (needles,),
    )
    yield from _counted("quarantine.rejected_lines", cursor.rowcount)


def _counted(table: str, count: int) -> Iterator[tuple[str, int]]:
    if count:
        yield table, count


def _exists(cursor: Cursor, table: str) -> bool:
    cursor.execute("select to_regclass(%s) is not null", (table,))
    return bool(cursor.fetchone()[0])


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))


def _vacuum(connection: Connection, tables: dict[str, int]) -> None:
    """Let the old rows go from the tables' files."""
    connection.autocommit = True
    with ops.database_errors("cannot vacuum"), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(sql.SQL("vacuum {}").format(_table(table)))


def _remove_files(settings: Settings, person: Person) -> Iterator[Path]:
    """Remove delivered batches that the archive has, and files of dbt's, that name the person."""
    days = {batch.day.isoformat() for batch in archived(settings)}
    landing = settings.landing_dir
    for folder in sorted(landing.iterdir()) if landing.is_dir() else ():
        if folder.name in days and any(_names(path, person) for path in folder.rglob("*")):
            shutil.rmtree(folder)
            yield folder
    for variable, usual in (("DBT_TARGET_PATH", "target"), ("DBT_LOG_PATH", "logs")):
        written = settings.dbt_dir / (os.environ.get(variable) or usual)
        for path in written.rglob("*") if written.is_dir() else ():
            if _names(path, person):
                path.unlink()
                yield path


def _names(path: Path, person: Person) -> bool:
    return path.is_file() and person.stands_in(path.read_bytes())


def _build_anew(settings: Settings) -> None:
    """Build the mart from production and publish it whole: keys are hashes of ids."""
    before = os.environ.get("DBT_FULL_REFRESH")
    os.environ["DBT_FULL_REFRESH"] = "true"
    try:
        run(Order(("build", "export", "dashboard", "report")), settings)
    finally:
        os.environ.pop("DBT_FULL_REFRESH")
        if before is not None:
            os.environ["DBT_FULL_REFRESH"] = before
