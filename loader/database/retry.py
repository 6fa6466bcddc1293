"""What is worth trying again, and when: transient faults of the database, never bad data."""

import re
from collections.abc import Callable

import psycopg2
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential_jitter,
)

from loader.config.settings import load_settings
from loader.errors import TransientError

LONGEST_WAIT = 60  # seconds
# Connection exceptions are class 08. The others: serialisation failure, deadlock, a server that
# shuts down, has crashed or starts, and one that has no connection left.
TRANSIENT_STATES = {"40001", "40P01", "57P01", "57P02", "57P03", "53300"}
# What libpq, PostgreSQL and dbt say where no state is told.
TRANSIENT_TEXT = re.compile(
    r"deadlock detected|could not serialize access|server closed the connection unexpectedly"
    r"|terminating connection (due to administrator command|because of crash)"
    r"|the database system is (starting up|shutting down|in recovery mode|not yet accepting)"
    r"|failed: (Connection refused|No such file or directory|timeout expired)"
    r"|Connection (refused|reset by peer|timed out)|connection already closed"
    r"|could not receive data from server|SSL connection has been closed unexpectedly"
    r"|sorry, too many clients already|remaining connection slots are reserved"
)


def is_transient(error: psycopg2.Error) -> bool:
    """Tell whether an error of PostgreSQL's speaks of the moment and not of the data."""
    if error.pgcode:
        return error.pgcode in TRANSIENT_STATES or error.pgcode.startswith("08")
    return isinstance(error, psycopg2.InterfaceError) or is_transient_text(str(error))


def is_transient_text(text: str) -> bool:
    """Tell whether a program's message speaks of a transient fault."""
    return TRANSIENT_TEXT.search(text) is not None


def retry_transient(before_sleep: Callable[[RetryCallState], None] | None = None) -> Retrying:
    """Return attempts that go on after a transient fault, after waits that double, with jitter.

    SHOP_ATTEMPTS says how often in all (4), SHOP_RETRY_WAIT how long the first wait is (2 s).
    """
    settings = load_settings()
    first_wait = settings.retry_wait
    return Retrying(
        retry=retry_if_exception_type(TransientError),
        stop=stop_after_attempt(settings.attempts),
        wait=wait_exponential_jitter(multiplier=first_wait, max=LONGEST_WAIT, jitter=first_wait),
        before_sleep=before_sleep,
        reraise=True,
    )
