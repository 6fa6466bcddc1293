"""The rows of a person: made an anonymous customer's, in every table of the database.

Each function works on tables of one owner, the loader's or dbt's, and wants a session of that owner
or, for the loader's, of an administrator.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812
from psycopg2.extras import Json

from loader.database.fetch import fetch_value, relation_exists, statements
from loader.ingest.anonymize import line_end
from loader.ingest.archive import ArchivedBatch
from loader.ingest.csv.grammar import ERASED_LINE
from loader.ingest.person import Person, anonymous
from loader.privacy.places import LOADED, WITH_CUSTOMERS, WITH_TRANSACTIONS, stored_values

SQL = statements(Path(__file__).with_suffix(".sql"))


def erase_loaded_rows(
    cursor: Cursor, person: Person, batches: list[ArchivedBatch]
) -> Iterator[tuple[str, int]]:
    """Make the person's rows in the loader's tables anonymous; yield tables and rows changed."""
    for kind, table in LOADED.items():
        yield from _change(cursor, table, anonymous(kind, person.pseudonym), person)
    yield from _empty_lines(cursor, person, batches)


def erase_built_rows(cursor: Cursor, person: Person) -> Iterator[tuple[str, int]]:
    """Make the person's rows in dbt's tables anonymous; yield tables and rows changed.

    Where a later delivery brought the person back, the anonymous customer is there already: rows
    that only one of the two can have are then removed.
    """
    _copy_customer(cursor, person)
    for kind, tables in (("customers", WITH_CUSTOMERS), ("transactions", WITH_TRANSACTIONS)):
        for table in tables:
            if table not in (LOADED[kind], "production.customers"):
                yield from _change(cursor, table, anonymous(kind, person.pseudonym), person)
    if relation_exists(cursor, "production.customers"):
        cursor.execute(
            "delete from production.customers where ops.clean_code(customer_id) = %s",
            (person.customer_id,),
        )
        yield "production.customers", cursor.rowcount
    yield from _change_history(cursor, person)
    yield from _change_marts(cursor, person)
    yield from _change_warnings(cursor, person)


def _copy_customer(cursor: Cursor, person: Person) -> None:
    """Put the anonymous customer beside the person, so that sales can change hands."""
    table = "production.customers"
    if not relation_exists(cursor, table):
        return
    changed = stored_values(table, anonymous("customers", person.pseudonym))
    cursor.execute(SQL["copy_customer"], (Json(changed), person.customer_id))


def _change(
    cursor: Cursor, table: str, changed: dict[str, str], person: Person
) -> Iterator[tuple[str, int]]:
    if not relation_exists(cursor, table):
        return
    values = stored_values(table, changed)
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value))
        for name, value in values.items()
    )
    statement = sql.SQL("update {} set {} where ops.clean_code(customer_id) = {}")
    cursor.execute(
        statement.format(identifier(table), assignments, sql.Literal(person.customer_id))
    )
    yield table, cursor.rowcount


def _change_history(cursor: Cursor, person: Person) -> Iterator[tuple[str, int]]:
    """Change every version; dbt's key of a version is a hash that the id is part of.

    What the anonymous customer has of the history is all of it, up to now.
    """
    table = "snapshots.customers_snapshot"
    if not relation_exists(cursor, table):
        return
    if _has_rows(cursor, table, person.pseudonym):
        cursor.execute(
            "delete from snapshots.customers_snapshot where ops.clean_code(customer_id) = %s",
            (person.customer_id,),
        )
    else:
        values = anonymous("customers", person.pseudonym) | {"old": person.customer_id}
        cursor.execute(SQL["change_history"], values)
    yield table, cursor.rowcount


def _change_marts(cursor: Cursor, person: Person) -> Iterator[tuple[str, int]]:
    """Change what is published and what is built, until it is built anew under the new id."""
    customer = anonymous("customers", person.pseudonym)
    full_name = sql.Literal("{first_name} {last_name}".format_map(customer))
    cursor.execute(SQL["tables_with_customers"])
    for table, has_name in cursor.fetchall():
        name = sql.SQL(", full_name = {}" if has_name else "").format(full_name)
        # the rows of one who came back go with the next publication
        suffix = f"-{secrets.token_hex(4)}" if _has_rows(cursor, table, person.pseudonym) else ""
        cursor.execute(
            sql.SQL(
                "update {} set customer_id = %s{} where ops.clean_code(customer_id) = %s"
            ).format(identifier(table), name),
            (person.pseudonym + suffix, person.customer_id),
        )
        yield table, cursor.rowcount


def _change_warnings(cursor: Cursor, person: Person) -> Iterator[tuple[str, int]]:
    """Change the key of the person's warnings; the anonymous customer has each of them once."""
    if not relation_exists(cursor, "ops.row_warnings"):
        return
    cursor.execute(SQL["change_warnings"], (person.customer_id, person.pseudonym))
    yield "ops.row_warnings", cursor.rowcount


def _empty_lines(
    cursor: Cursor, person: Person, batches: list[ArchivedBatch]
) -> Iterator[tuple[str, int]]:
    """Empty the lines that name the person, to what stands in their place in the archive."""
    cursor.execute("select batch_date, table_name, line_number, raw from quarantine.rejected_lines")
    lines = [place for *place, raw in cursor if person.is_named_in(bytes(raw))]
    folders = {batch.day: batch.folder for batch in batches}  # the newest of a day
    for day, table, line in lines:
        end = line_end(folders[day], table) if day in folders else b"\n"
        cursor.execute(SQL["empty_line"], (ERASED_LINE + end, day, table, line))
    yield "quarantine.rejected_lines", len(lines)


def _has_rows(cursor: Cursor, table: str, customer_id: str) -> bool:
    cursor.execute(
        sql.SQL("select exists (select from {} where customer_id = %s)").format(identifier(table)),
        (customer_id,),
    )
    return fetch_value(cursor, bool)


def identifier(name: str) -> sql.Identifier:
    """Return a name with its schema as SQL."""
    return sql.Identifier(*name.split("."))
