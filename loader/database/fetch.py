"""Read the one row that a statement returns, so that callers need not ask whether there is one."""

from typing import Any

from psycopg2.extensions import cursor as Cursor  # noqa: N812

Row = tuple[Any, ...]  # what the columns are of the statement says


def fetch_row(cursor: Cursor) -> Row:
    """Return the next row of a statement that always has one.

    Raises:
        LookupError: there is none.
    """
    row = cursor.fetchone()
    if row is None:
        raise LookupError("the statement returned no row")
    return row


def fetch_value[T](cursor: Cursor, type_: type[T]) -> T:
    """Return the only value of the next row.

    Raises:
        LookupError: there is no row.
        TypeError: the value is of another type, or null.
    """
    (value,) = fetch_row(cursor)
    if not isinstance(value, type_):
        raise TypeError(f"the statement returned {value!r}, which is no {type_.__name__}")
    return value


def relation_exists(cursor: Cursor, name: str) -> bool:
    """Tell whether there is a table or view of that name, written with its schema."""
    cursor.execute("select to_regclass(%s) is not null", (name,))
    return fetch_value(cursor, bool)
