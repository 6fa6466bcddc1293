"""What is seen to before a session is used.

Where roles own the tables, sessions of the loader and of administrators read tables and nothing
that an owner could have put in their place: a view's functions run with the reader's rights.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from psycopg2.extensions import connection

from loader.database.credentials import are_roles_in_use
from loader.database.fetch import fetch_value, statements
from loader.errors import LoaderError

SQL = statements(Path(__file__).with_suffix(".sql"))
POOL_ROUNDS = 4  # transactions of each of two sessions


def refuse_transaction_pooling(opened: connection, connect: Callable[[], connection]) -> None:
    """Raise where a pool between here and the server gives each transaction another session.

    Locks and settings of a session would be lost there, or given to somebody else. A pool hides the
    process that serves a session. In one that pools sessions this is always the same process, and
    it serves nobody else meanwhile.

    Raises:
        LoaderError: says how to set the pool.
    """
    if _process_of_transaction(opened) == opened.info.backend_pid:
        return
    with closing(connect()) as other:
        rounds = {tuple(map(_process_of_transaction, (opened, other))) for _ in range(POOL_ROUNDS)}
    if len(rounds) > 1 or len(set(*rounds)) == 1:
        raise LoaderError(
            "between here and the server a pool of connections gives each transaction another "
            "session: let it pool sessions (PgBouncer: pool_mode = session), or connect to the "
            "server itself"
        )


def _process_of_transaction(opened: connection) -> int:
    opened.autocommit = True
    with opened.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        process = fetch_value(cursor, int)
    opened.autocommit = False
    return process


def secure(opened: connection, *, is_step: bool) -> None:
    """Let a session run nothing that the owner of a table with fewer rights has put there.

    Raises:
        LoaderError: it would write to such tables.
    """
    with opened, opened.cursor() as cursor:
        if not is_step or are_roles_in_use():
            cursor.execute(SQL["read_tables_only"])
            return
        cursor.execute(SQL["owner_with_fewer_rights"])
        row = cursor.fetchone()
    if row:
        raise LoaderError(
            f"the tables of this database belong to {row[0]} and the roles beside it, and user "
            f"{opened.info.user} has more rights than these: set SHOP_ROLES=1, so that each step "
            "works as the role that owns its tables (docs/security.md)"
        )
