"""What a database must be before the first statement that changes it.

A schema of ours bears a mark, the end of its comment, which a dump and a restore keep. One without
the mark belongs to somebody else as soon as it holds anything.
"""

from collections.abc import Iterator
from pathlib import Path

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.database.fetch import fetch_row, fetch_value, statements
from loader.errors import LoaderError

SQL = statements(Path(__file__).with_suffix(".sql"))
SCHEMAS = ("staging", "quarantine", "production", "snapshots", "seeds", "mart_build", "mart", "ops")
MARK = "[ecommerce-analytics]"  # schema.sql writes it at the end of each comment
RESTORING = "shop_restoring"  # the schema that is there as long as a restore is not complete
OLDEST_VERSION = 15
SHOWN = 3


def assert_fit(cursor: Cursor) -> None:
    """Raise unless the database is the shop's, or has room for it; change nothing.

    Raises:
        LoaderError: names everything that is in the way, and what to do.
    """
    assert_not_half_restored(cursor)
    assert_usable(cursor)


def assert_usable(cursor: Cursor) -> None:
    """Raise where server, database or rights are not what is needed, or others' things are there.

    Raises:
        LoaderError: names everything that is in the way, and what to do.
    """
    found = [*_server(cursor), *_occupied(cursor), *_not_owned(cursor), *_depending(cursor)]
    if found:
        raise LoaderError(
            "\n".join(["the database cannot be used as it is, nothing was changed:", *found])
        )


def assert_not_half_restored(cursor: Cursor) -> None:
    """Raise where a restore has begun and is not complete.

    Raises:
        LoaderError: names the backup.
    """
    unfinished = unfinished_restore(cursor)
    if unfinished:
        raise LoaderError(
            f"the database holds a part of {unfinished}, whose restore is not complete: run the "
            "restore again, loader backup restore"
        )


def unfinished_restore(cursor: Cursor) -> str | None:
    """Return which restore has begun and is not complete, or None."""
    cursor.execute(
        "select coalesce(obj_description(oid, 'pg_namespace'), 'a backup') from pg_namespace"
        " where nspname = %s",
        (RESTORING,),
    )
    row = cursor.fetchone()
    return row[0] if row else None


def may_create(cursor: Cursor) -> bool:
    """Return whether the user may create schemas in the database."""
    cursor.execute("select has_database_privilege(current_database(), 'create')")
    return fetch_value(cursor, bool)


def existing_schemas(cursor: Cursor) -> list[str]:
    """Return which of our schemas' names are taken."""
    cursor.execute(
        "select nspname from pg_namespace where nspname = any(%s) order by 1", (list(SCHEMAS),)
    )
    return [name for (name,) in cursor.fetchall()]


def _server(cursor: Cursor) -> Iterator[str]:
    cursor.execute(SQL["server"])
    version, encoding, is_standby, database, user, creates, makes_temporary = fetch_row(cursor)
    if version < OLDEST_VERSION:
        yield f"the server is PostgreSQL {version}: {OLDEST_VERSION} or newer is needed"
    if encoding != "UTF8":
        yield (
            f"its encoding is {encoding}, which cannot hold every name: create a database with "
            "encoding 'UTF8' template template0"
        )
    if is_standby:
        yield "the server is a standby, which nobody can write to: name the primary (PGHOST)"
    # a role that may not create finds everything there, made by `loader roles`
    if creates and not makes_temporary:
        yield (
            f"user {user} may not make temporary tables: grant temporary on database "
            f"{database} to {user}"
        )


def _occupied(cursor: Cursor) -> Iterator[str]:
    """Name the schemas that hold something and are not ours."""
    cursor.execute(SQL["objects"], {"mark": MARK, "schemas": list(SCHEMAS)})
    unmarked: dict[str, list[str]] = {}
    for schema, name, is_marked in cursor.fetchall():
        if name is not None and not is_marked:
            unmarked.setdefault(schema, []).append(name)
    for schema, names in unmarked.items():
        others = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield (
            f"schema {schema} holds {', '.join(names[:SHOWN])}{others} and was not made here (its "
            f"comment does not end with {MARK}): use an empty database (PGDATABASE), or rename "
            "the schema"
        )


def _not_owned(cursor: Cursor) -> Iterator[str]:
    """Name the schemas that a user who is to create tables may not change."""
    if not may_create(cursor):
        return
    cursor.execute(SQL["not_owned"], (list(SCHEMAS),))
    for schema, owner in cursor.fetchall():
        yield f"schema {schema} belongs to {owner}: grant {owner} to the user of the PG* variables"


def _depending(cursor: Cursor) -> Iterator[str]:
    """Name what other people made on tables that every build drops and makes anew."""
    cursor.execute(SQL["depending"])
    for name, how, table in cursor.fetchall():
        yield (
            f"{name} {how} {table}, which every build makes anew: let it use the same table of "
            "mart, which stays, or drop it"
        )
