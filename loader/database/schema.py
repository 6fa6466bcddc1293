"""Create the loader's schemas and tables, and bring older ones up to date."""

from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812

from loader.database import migrate, preflight
from loader.database.errors import database_errors
from loader.errors import LoaderError

SCHEMA = Path(__file__).with_name("schema.sql")


def ensure_schema(connection: Connection) -> None:
    """Create the loader's schemas and tables, bring older ones up to date, and commit.

    A role that may not create schemas finds them there: `loader roles` made them.

    Raises:
        LoaderError: the database is unfit or holds what others made (nothing is changed), or the
            role may not create and they are not there, or not up to date.
    """
    with (
        database_errors("cannot create the loader's tables"),
        connection,
        connection.cursor() as cursor,
    ):
        preflight.assert_fit(cursor)
        if not preflight.may_create(cursor):
            if not migrate.are_applied(cursor, migrate.migrations()):
                raise LoaderError("the loader's tables are missing or older: run make roles first")
            return
        cursor.execute("set local client_min_messages = warning")
        # Two sessions creating the same schema at once would fail on a unique index.
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('loader schema', 0))")
        migrate.apply(cursor, SCHEMA.read_text(encoding="utf-8"), migrate.migrations())
