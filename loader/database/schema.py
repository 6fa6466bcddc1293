"""Create the loader's schemas and tables, and bring older ones up to date."""

from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.contract import ERASED, TABLES
from loader.database import migrate, preflight
from loader.database.errors import database_errors
from loader.errors import LoaderError

SCHEMA = Path(__file__).with_name("schema.sql")
CLEAN_VALUES = Path(__file__).with_name("clean_values.sql")
STAGING = Path(__file__).with_name("staging.sql")
ANONYMIZE = Path(__file__).with_name("anonymize.sql")


def schema_statements() -> str:
    """Return the statements that create the loader's schemas, tables and functions."""
    template = STAGING.read_text(encoding="utf-8")
    tables = [_staging_table(template, table, columns) for table, columns in TABLES.items()]
    parts = [path.read_text(encoding="utf-8") for path in (SCHEMA, CLEAN_VALUES)]
    return "\n\n".join([*parts, *tables, _anonymizing_function()])


def _staging_table(template: str, table: str, columns: tuple[str, ...]) -> str:
    comment = "comment on column staging.{0}.{1} is '{1} of {0}.csv, as delivered.';"
    return template.format(
        table=table,
        columns=",\n    ".join(f"{column} text" for column in columns),
        added_columns=",\n    ".join(f"add column if not exists {name} text" for name in columns),
        column_comments="\n".join(comment.format(table, column) for column in columns),
    )


def _anonymizing_function() -> str:
    """Return the function that makes erased customers anonymous, with what their rows say."""
    update = (
        "update staging.{} as delivered set customer_id = known.pseudonym{}"
        " where delivered.customer_id = known.id;"
    )
    value = """, {} = replace('{}', '{{id}}', lower(known.pseudonym collate "C"))"""
    updates = (
        update.format(table, "".join(value.format(*each) for each in values.items()))
        for table, values in ERASED.items()
    )
    ids = map("select {0}.customer_id as id from staging.{0}".format, ERASED)
    template = ANONYMIZE.read_text(encoding="utf-8")
    return template.format(delivered=" union ".join(ids), updates="\n        ".join(updates))


def _is_current(cursor: Cursor) -> bool:
    """Return whether the tables are there as this release declares them."""
    cursor.execute(
        "select pg_class.relname::text, pg_attribute.attname::text from pg_class"
        " inner join pg_attribute on pg_class.oid = pg_attribute.attrelid"
        " where pg_class.relnamespace = to_regnamespace('staging')"
    )
    declared = {(table, column) for table, columns in TABLES.items() for column in columns}
    return declared <= set(cursor) and migrate.are_applied(cursor, migrate.migrations())


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
            if not _is_current(cursor):
                raise LoaderError("the loader's tables are missing or older: run make roles first")
            return
        cursor.execute("set local client_min_messages = warning")
        # Two sessions creating the same schema at once would fail on a unique index.
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('loader schema', 0))")
        migrate.apply(cursor, schema_statements(), migrate.migrations())
