"""Four roles with the least that each needs: owner, loader, transformer, bi.

The command can run again at any time, and after every upgrade: it hands new tables to their
owners. Passwords are read from the environment and leave this process as SCRAM verifiers only.
"""

import os
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2 import errors, sql
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import cursor as Cursor  # noqa: N812
from psycopg2.extensions import encrypt_password

from loader.database import server
from loader.database.credentials import (
    BI,
    LOADER,
    OWNER,
    TRANSFORMER,
    WITH_LOGIN,
    password_variable,
    role_name,
)
from loader.database.errors import database_errors
from loader.database.schema import SCHEMA, ensure_schema
from loader.errors import LoaderError
from loader.settings import Settings

GRANTS = Path(__file__).with_name("roles.sql")
SCHEMAS = ("staging", "quarantine", "production", "snapshots", "seeds", "mart_build", "mart", "ops")
MIN_PASSWORD = 12
# What every login may call unless it is taken away: it fills disks and holds up the pipeline.
OPEN_TO_ALL = r"^(lo_|lowrite|loread|pg_(try_)?advisory_)"
MADE_BY_LOADER = re.compile(
    r"^create (?:or replace )?(?:table|sequence|view) (?:if not exists )?([a-z_.]+)", re.MULTILINE
)


@dataclass(frozen=True)
class RolesResult:
    """Say which roles there are, which can log in by password, and what could not be closed."""

    roles: tuple[str, ...]
    with_password: tuple[str, ...]
    warnings: tuple[str, ...]


def set_up_roles(settings: Settings) -> RolesResult:
    """Make the four roles, give each what it needs and hand every table to its owner.

    Raises:
        LoaderError: the user of the PG* variables may not, or a password is too short.
    """
    passwords = dict(_passwords())
    with closing(server.connect(settings, None)) as connection:
        ensure_schema(connection)
        with database_errors("no role was changed"), connection, connection.cursor() as cursor:
            cursor.execute("set local client_min_messages = error")
            for role in (OWNER, *WITH_LOGIN):
                _make(cursor, role)
            _join_roles(cursor)
            _grant(cursor)
            _hand_over(cursor)
            _set_passwords(connection, cursor, passwords)
        warnings = tuple(_close_functions(connection))
    return RolesResult(
        tuple(role_name(role) for role in (OWNER, *WITH_LOGIN)),
        tuple(role_name(role) for role in passwords),
        warnings,
    )


def _passwords() -> Iterator[tuple[str, str]]:
    for role in WITH_LOGIN:
        password = os.environ.get(password_variable(role))
        if password is not None:
            if len(password) < MIN_PASSWORD:
                raise LoaderError(
                    f"{password_variable(role)} is shorter than {MIN_PASSWORD} characters; "
                    "choose a longer one, or unset it to leave the password as it is"
                )
            yield role, password


def _make(cursor: Cursor, role: str) -> None:
    name = role_name(role)
    cursor.execute("select from pg_roles where rolname = %s", (name,))
    if not cursor.rowcount:
        cursor.execute(sql.SQL("create role {} nologin").format(sql.Identifier(name)))
    # What an earlier hand may have given is taken back; only a superuser may say so of some.
    options = ["login" if role in WITH_LOGIN else "nologin", "noinherit", "nocreatedb"]
    options.append("nocreaterole")
    if _is_superuser(cursor):
        options += ["nosuperuser", "noreplication", "nobypassrls"]
    cursor.execute(sql.SQL("alter role {} " + " ".join(options)).format(sql.Identifier(name)))


def _is_superuser(cursor: Cursor) -> bool:
    cursor.execute("select rolsuper from pg_roles where rolname = current_user")
    return bool(cursor.fetchone()[0])


def _join_roles(cursor: Cursor) -> None:
    """Let an administrator who is no superuser hand tables over, and act for their owners."""
    if not _is_superuser(cursor):
        statement = "grant {}, {} to current_user"
        names = (role_name(OWNER), role_name(TRANSFORMER))
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _hand_over(cursor: Cursor) -> None:
    """Give the loader's own tables to the owner, and those that dbt made to the transformer."""
    made_by_loader = MADE_BY_LOADER.findall(SCHEMA.read_text(encoding="utf-8"))
    cursor.execute(
        """
        select namespace.nspname, relation.relname, relation.relkind
        from pg_class as relation
        inner join pg_namespace as namespace on namespace.oid = relation.relnamespace
        where
            namespace.nspname = any(%s)
            and relation.relkind in ('r', 'p', 'v', 'm', 'S')
            and not exists (  -- a sequence of a column follows its table
                select from pg_depend
                where
                    pg_depend.objid = relation.oid
                    and pg_depend.classid = 'pg_class'::regclass
                    and pg_depend.deptype in ('a', 'i')
                    and relation.relkind = 'S'
            )
        """,
        (list(SCHEMAS),),
    )
    for schema, relation, kind in cursor.fetchall():
        is_own = f"{schema}.{relation}" in made_by_loader
        owner = role_name(OWNER if is_own else TRANSFORMER)
        cursor.execute(
            sql.SQL("alter table {} owner to {}").format(
                sql.Identifier(schema, relation), sql.Identifier(owner)
            )
        )
        if is_own:
            _grant_to_loader(cursor, schema, relation, kind)


def _grant_to_loader(cursor: Cursor, schema: str, relation: str, kind: str) -> None:
    """Give the loader what it needs of its own tables: it never changes what it has loaded."""
    privileges = {
        "staging": "select, insert, truncate",
        "quarantine": "select, insert, delete",
        "ops": "usage" if kind == "S" else "select, insert, update",
    }.get(schema, "select")
    if relation in ("loads", "erasures"):
        privileges = "select, insert" if relation == "loads" else "select (pseudonym)"
    cursor.execute(
        sql.SQL("revoke all on {} {} from {}; grant {} on {} {} to {}").format(
            sql.SQL("sequence" if kind == "S" else "table"),
            sql.Identifier(schema, relation),
            sql.Identifier(role_name(LOADER)),
            sql.SQL(privileges),
            sql.SQL("sequence" if kind == "S" else "table"),
            sql.Identifier(schema, relation),
            sql.Identifier(role_name(LOADER)),
        )
    )


def _grant(cursor: Cursor) -> None:
    cursor.execute("select current_database()")
    names = {role: role_name(role) for role in (OWNER, LOADER, TRANSFORMER, BI)}
    names["database"] = cursor.fetchone()[0]
    identifiers = {name: sql.Identifier(value) for name, value in names.items()}
    cursor.execute(sql.SQL(GRANTS.read_text(encoding="utf-8")).format(**identifiers))


def _set_passwords(connection: Connection, cursor: Cursor, passwords: dict[str, str]) -> None:
    for role, password in passwords.items():
        name = role_name(role)
        verifier = encrypt_password(password, name, connection, "scram-sha-256")
        cursor.execute(
            sql.SQL("alter role {} password {}").format(sql.Identifier(name), sql.Literal(verifier))
        )


def _close_functions(connection: Connection) -> Iterator[str]:
    """Take away from everybody what fills the disk or holds up the pipeline; a superuser can."""
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "select oid::regprocedure::text from pg_proc"
                " where pronamespace = 'pg_catalog'::regnamespace and proname ~ %s",
                (OPEN_TO_ALL,),
            )
            for (function,) in cursor.fetchall():
                signature = sql.SQL(function)
                cursor.execute(
                    sql.SQL("revoke execute on function {} from public").format(signature)
                )
                if "advisory" in function:
                    cursor.execute(
                        sql.SQL("grant execute on function {} to {}, {}").format(
                            signature,
                            sql.Identifier(role_name(LOADER)),
                            sql.Identifier(role_name(TRANSFORMER)),
                        )
                    )
    except errors.InsufficientPrivilege:
        yield (
            "large objects and advisory locks stay open to every login of this database: only a "
            "superuser can close them"
        )
    except psycopg2.Error as error:
        yield f"large objects and advisory locks stay open: {type(error).__name__}"
