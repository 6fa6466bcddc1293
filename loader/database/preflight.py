"""What a database must be before the first statement that changes it.

A schema of ours bears a mark, the end of its comment, which a dump and a restore keep. One without
the mark belongs to somebody else as soon as it holds anything.
"""

from collections.abc import Iterator

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.database.fetch import fetch_row, fetch_value
from loader.errors import LoaderError

SCHEMAS = ("staging", "quarantine", "production", "snapshots", "seeds", "mart_build", "mart", "ops")
MARK = "[ecommerce-analytics]"  # schema.sql writes it at the end of each comment
RESTORING = "shop_restoring"  # the schema that is there as long as a restore is not complete
OLDEST_VERSION = 15
SHOWN = 3

SERVER = """
select
    current_setting('server_version_num')::int / 10000,
    (select pg_encoding_to_char(encoding) from pg_database where datname = current_database()),
    pg_is_in_recovery(),
    current_database(),
    current_user::text,
    has_database_privilege(current_database(), 'create'),
    has_database_privilege(current_database(), 'temporary')
"""
OBJECTS = """
select schemas.nspname, objects.name, schemas.is_marked
from (
    select
        oid, nspname,
        coalesce(obj_description(oid, 'pg_namespace'), '') like '%%' || %(mark)s as is_marked
    from pg_namespace
    where nspname = any(%(schemas)s)
) as schemas
left join (
    select relnamespace as namespace, relname::text as name from pg_class
    where relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c')
    union all
    select pronamespace, proname || '()' from pg_proc
    union all
    select typnamespace, typname::text from pg_type where typtype in ('d', 'e', 'r')
) as objects on objects.namespace = schemas.oid
order by 1, 2
"""
NOT_OWNED = """
select nspname, nspowner::regrole::text
from pg_namespace
where nspname = any(%s) and not pg_has_role(nspowner, 'usage')
order by 1
"""
# What PostgreSQL would have to drop together with a table that every build makes anew.
DEPENDING = """
with made_anew as (
    select pg_class.oid, pg_namespace.nspname || '.' || pg_class.relname as name
    from pg_class
    inner join pg_namespace on pg_namespace.oid = pg_class.relnamespace
    where
        pg_class.relkind = 'r'
        and (
            pg_namespace.nspname in ('mart_build', 'seeds')
            or pg_namespace.nspname = 'staging' and pg_class.relname like 'stg\\_%'
        )
)
select pg_namespace.nspname || '.' || pg_class.relname, depending.how, made_anew.name
from made_anew
inner join (
    select pg_depend.refobjid as oid, pg_rewrite.ev_class as by, 'reads' as how
    from pg_depend
    inner join pg_rewrite
        on pg_rewrite.oid = pg_depend.objid and pg_depend.classid = 'pg_rewrite'::regclass
    where pg_depend.refclassid = 'pg_class'::regclass
    union
    select confrelid, conrelid, 'refers to' from pg_constraint where contype = 'f'
) as depending on depending.oid = made_anew.oid
inner join pg_class on pg_class.oid = depending.by
inner join pg_namespace on pg_namespace.oid = pg_class.relnamespace
order by 1, 3
"""


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
    """Tell whether the user may create schemas in the database."""
    cursor.execute("select has_database_privilege(current_database(), 'create')")
    return fetch_value(cursor, bool)


def existing_schemas(cursor: Cursor) -> list[str]:
    """Return which of our schemas' names are taken."""
    cursor.execute(
        "select nspname from pg_namespace where nspname = any(%s) order by 1", (list(SCHEMAS),)
    )
    return [name for (name,) in cursor.fetchall()]


def _server(cursor: Cursor) -> Iterator[str]:
    cursor.execute(SERVER)
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
    cursor.execute(OBJECTS, {"mark": MARK, "schemas": list(SCHEMAS)})
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
    cursor.execute(NOT_OWNED, (list(SCHEMAS),))
    for schema, owner in cursor.fetchall():
        yield f"schema {schema} belongs to {owner}: grant {owner} to the user of the PG* variables"


def _depending(cursor: Cursor) -> Iterator[str]:
    """Name what other people made on tables that every build drops and makes anew."""
    cursor.execute(DEPENDING)
    for name, how, table in cursor.fetchall():
        yield (
            f"{name} {how} {table}, which every build makes anew: let it use the same table of "
            "mart, which stays, or drop it"
        )
