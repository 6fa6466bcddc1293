"""A table's content in two numbers: how many rows, and the sum of their hashes."""

from dataclasses import dataclass

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812

# Everything that decides how a value is written as text.
SAME_TEXT = (
    "set local timezone = 'UTC'; set local datestyle = 'ISO, YMD';"
    " set local intervalstyle = 'iso_8601'; set local bytea_output = 'hex';"
    " set local extra_float_digits = 1"
)


@dataclass(frozen=True)
class Fingerprint:
    """Hold a table's rows and the sum of their hashes, which no order of rows changes."""

    rows: int
    hash_sum: str


def fingerprints(cursor: Cursor) -> dict[str, Fingerprint]:
    """Return the fingerprint of every table of the database, as the transaction sees it."""
    cursor.execute(SAME_TEXT)
    cursor.execute(
        "select relnamespace::regnamespace::text, relname from pg_class"
        " where relkind = 'r' and relpersistence = 'p'"
        " and relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'"
        " order by 1, 2"
    )
    return {f"{schema}.{table}": _of(cursor, schema, table) for schema, table in cursor.fetchall()}


def _of(cursor: Cursor, schema: str, table: str) -> Fingerprint:
    # As a nameless row: for the table's own type its owner may have made a cast, a function.
    cursor.execute(
        sql.SQL(
            "select count(*),"
            " coalesce(sum(hashtextextended(row(counted.*)::text, 0)::numeric), 0)::text"
            " from {} as counted"
        ).format(sql.Identifier(schema, table))
    )
    return Fingerprint(*cursor.fetchone())
