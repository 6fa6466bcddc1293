"""A table's content in two numbers: how many rows, and the sum of their hashes.

Tables of ours are meant: those in our schemas, and of mart those that were published. What others
made may hold values that a restore writes otherwise, or that nothing can be computed of.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.database.fetch import fetch_row, statements
from loader.database.preflight import SCHEMAS
from loader.export.relations import SAME_TEXT, published_names

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True)
class Fingerprint:
    """Hold a table's rows and the sum of their hashes, which no order of rows changes."""

    rows: int
    hash_sum: str


def fingerprints(cursor: Cursor) -> dict[str, Fingerprint]:
    """Return the fingerprint of every table of ours, as the transaction sees it."""
    cursor.execute(SAME_TEXT)
    cursor.execute(SQL["tables"], (list(SCHEMAS),))
    names = [name for (name,) in cursor.fetchall()]
    return {name: _of(cursor, *name.split(".", 1)) for name in sorted(ours(cursor, names))}


def ours(cursor: Cursor, names: Iterable[str]) -> set[str]:
    """Return which tables, each with its schema, are ours by the record in the database."""
    published = published_names(cursor)
    parts = {name: name.split(".", 1) for name in names}
    return {
        name
        for name, (schema, table) in parts.items()
        if schema in SCHEMAS and (schema != "mart" or table in published)
    }


def _of(cursor: Cursor, schema: str, table: str) -> Fingerprint:
    cursor.execute(sql.SQL(SQL["fingerprint"]).format(sql.Identifier(schema, table)))
    return Fingerprint(*fetch_row(cursor))
