"""PostgreSQL's errors as LoaderErrors, without the values they quote; which are transient."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2

from loader.errors import LoaderError, TransientError

COPY_LINE = re.compile(r"COPY (\w+), line (\d+)")
# Connection exceptions are class 08. The others: serialisation failure, deadlock, a server that
# shuts down, has crashed or starts, and one that has no connection left.
TRANSIENT_STATES = {"40001", "40P01", "57P01", "57P02", "57P03", "53300"}
# What libpq, PostgreSQL and dbt say where no state is told.
TRANSIENT_TEXT = re.compile(
    r"deadlock detected|lock timeout|could not serialize access"
    r"|server closed the connection unexpectedly"
    r"|terminating connection (due to administrator command|because of crash)"
    r"|the database system is (starting up|shutting down|in recovery mode|not yet accepting)"
    r"|failed: (Connection refused|No such file or directory|timeout expired)"
    r"|Connection (refused|reset by peer|timed out)|connection already closed"
    r"|could not receive data from server|SSL connection has been closed unexpectedly"
    r"|SHOP_PASSWORD_COMMAND (ended with|did not end)"
    r"|sorry, too many clients already|remaining connection slots are reserved"
)


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


def is_transient(error: psycopg2.Error) -> bool:
    """Return whether an error of PostgreSQL's speaks of the moment and not of the data."""
    if error.pgcode:
        return error.pgcode in TRANSIENT_STATES or error.pgcode.startswith("08")
    return isinstance(error, psycopg2.InterfaceError) or is_transient_text(str(error))


def is_transient_text(text: str) -> bool:
    """Return whether a program's message speaks of a transient fault."""
    return TRANSIENT_TEXT.search(text) is not None
