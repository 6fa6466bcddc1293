"""PostgreSQL's errors as LoaderErrors, without the values that they quote."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2

from loader.database.retry import is_transient
from loader.errors import LoaderError, TransientError

COPY_LINE = re.compile(r"COPY (\w+), line (\d+)")


@contextmanager
def database_errors(doing: str) -> Iterator[None]:
    """Turn a PostgreSQL error into a LoaderError without the row it quotes.

    DETAIL and CONTEXT repeat values, which are personal data, so only the primary message and
    the line number are kept, and the original is cut off from the traceback.
    """
    try:
        yield
    except psycopg2.Error as error:
        kind = TransientError if is_transient(error) else LoaderError
        raise kind(f"{doing}: {describe(error)}") from None


def describe(error: psycopg2.Error) -> str:
    """Return a PostgreSQL error's message and line, free of values from rows."""
    if error.diag is None or error.diag.message_primary is None:
        return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    where = COPY_LINE.search(error.diag.context or "")
    line = f" (data line {where[2]} of {where[1]})" if where else ""
    return f"{error.diag.message_primary}{line} [SQLSTATE {error.diag.sqlstate}]"
