"""Read what statements return: the one row that there must be, or rows as records."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from psycopg2.extensions import cursor as Cursor  # noqa: N812

Row = tuple[Any, ...]  # what the columns are of the statement says
Values = Sequence[object] | Mapping[str, object] | None


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
    """Return whether there is a table or view of that name, written with its schema."""
    cursor.execute("select to_regclass(%s) is not null", (name,))
    return fetch_value(cursor, bool)


def fetch_records[Record](
    cursor: Cursor, statement: str, record: Callable[..., Record], values: Values = None
) -> tuple[Record, ...]:
    """Return the rows of a statement as records, which take the columns in their order."""
    cursor.execute(statement, values)
    return tuple(record(*row) for row in cursor.fetchall())


def statements(path: Path) -> dict[str, str]:
    """Return the statements of a file, each by its name: the comment `-- name: …` before it."""
    parts = re.split(r"^-- name: (\w+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
