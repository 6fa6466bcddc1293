"""Whose the tables and functions in our schemas are, and whose they shall be."""

import re
from collections.abc import Iterator
from pathlib import Path

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.database.credentials import OWNER, TRANSFORMER, WITH_LOGIN, role_name
from loader.database.fetch import statements
from loader.database.preflight import SCHEMAS
from loader.database.schema import schema_statements
from loader.errors import LoaderError

SQL = statements(Path(__file__).with_suffix(".sql"))
MADE_BY_LOADER = re.compile(
    r"^create (?:or replace )?(?:table|sequence|view) (?:if not exists )?([a-z_.]+)", re.MULTILINE
)
FUNCTIONS_OF_LOADER = re.compile(
    r"^create or replace function ([a-z_.]+)\((?:\w+ (\w+))?\)", re.MULTILINE
)


def refuse_false_tables(cursor: Cursor) -> None:
    """Stop where a role has made what the loader would take for its own, triggers and all.

    Raises:
        LoaderError: names what is in the way, and whose it is.
    """
    own = own_names()
    cursor.execute(SQL["false_tables"], own | {"roles": [role_name(role) for role in WITH_LOGIN]})
    found = "; ".join(f"{name} of {owner}" for name, owner in cursor)
    if found:
        raise LoaderError(
            f"the loader's own tables and functions are another's: {found}; no role was changed: "
            "look who made them, and drop or rename them"
        )
    cursor.execute(SQL["functions_behind"], own)
    found = "; ".join(f"{function} behind {table}" for table, function in cursor)
    if found:
        raise LoaderError(
            f"functions that are not the loader's would run where it writes: {found}; no role was "
            "changed: look who made them, and drop what calls them (a trigger, default or check)"
        )


def own_names() -> dict[str, list[str]]:
    """Return the names of what the loader makes, of functions also with their arguments."""
    schema = schema_statements()
    functions = FUNCTIONS_OF_LOADER.findall(schema)
    return {
        "tables": MADE_BY_LOADER.findall(schema),
        "functions": [name for name, _ in functions],
        "signatures": [f"{name}({argument})" for name, argument in functions],
    }


def hand_over(cursor: Cursor, owners: list[str]) -> Iterator[tuple[str, str]]:
    """Give the loader's own tables to the owner, and those that dbt made to the transformer.

    Yield each of the loader's, with its kind of relation. What anybody but `owners` made in our
    schemas stays theirs.
    """
    made_by_loader = MADE_BY_LOADER.findall(schema_statements())
    cursor.execute(
        SQL["relations_to_hand_over"],
        {"schemas": list(SCHEMAS), "made_by_loader": made_by_loader, "ours": owners},
    )
    for schema, relation, kind, present_owner in cursor.fetchall():
        is_own = f"{schema}.{relation}" in made_by_loader
        owner = role_name(OWNER if is_own else TRANSFORMER)
        if owner != present_owner:  # the lock that it takes waits for every reader, and they for it
            cursor.execute(
                sql.SQL("alter table {} owner to {}").format(
                    sql.Identifier(schema, relation), sql.Identifier(owner)
                )
            )
        if is_own:
            yield f"{schema}.{relation}", kind


def own_things(cursor: Cursor) -> list[tuple[str, str]]:
    """Return the kind and the quoted name of all that the loader makes."""
    cursor.execute(SQL["own_things"], {"schemas": list(SCHEMAS), **own_names()})
    return cursor.fetchall()


def open_transactions(cursor: Cursor) -> list[tuple[int, str]]:
    """Return server process and user of the other sessions that use tables of ours."""
    cursor.execute(SQL["open_transactions"], (list(SCHEMAS),))
    return cursor.fetchall()


def present_owners(cursor: Cursor) -> list[str]:
    """Return who may own a table of ours: this user, who made the schemas, and the roles."""
    cursor.execute(
        "select current_user::text union"
        " select pg_get_userbyid(nspowner) from pg_namespace where nspname = any(%s)",
        (list(SCHEMAS),),
    )
    return [name for (name,) in cursor.fetchall()] + [
        role_name(role) for role in (OWNER, *WITH_LOGIN)
    ]
