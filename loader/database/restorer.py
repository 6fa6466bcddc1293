"""The role that a restore works as: it can log in, create in one database, and nothing else.

Checks, indexes and defaults of a backup call functions while they are restored, and a session of an
administrator would run them with these rights; `set role` is no protection, what is called can undo
it. What was restored is handed over when all of it is there.
"""

import secrets
from dataclasses import dataclass

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812
from psycopg2.extensions import encrypt_password

from loader.database.credentials import are_roles_in_use, role_name
from loader.database.fetch import fetch_row, fetch_value
from loader.database.roles import take_over

# Left by restores that were stopped, and whose databases were dropped then.
ABANDONED = """
select rolname
from pg_roles
where
    starts_with(rolname, %(prefix)s)
    and substr(rolname, length(%(prefix)s) + 1) ~ '^[0-9]+$'
    and substr(rolname, length(%(prefix)s) + 1) not in (select oid::text from pg_database)
    and pg_has_role(oid, 'member')
"""
RESTORER = "restorer_"
MAY_CREATE_ROLES = "select rolsuper or rolcreaterole from pg_roles where rolname = current_user"


@dataclass(frozen=True)
class Restorer:
    """Hold how the role logs in."""

    name: str
    password: str

    @property
    def login(self) -> dict[str, str]:
        """Return psycopg2's parameters."""
        return {"user": self.name, "password": self.password}


def make_restorer(cursor: Cursor) -> Restorer | None:
    """Make the role for this database, or give the one of a stopped restore a new password.

    Roles of stopped restores whose databases are gone are dropped.
    None where the user may not make roles: it has few rights itself, and restores by them.
    """
    cursor.execute(MAY_CREATE_ROLES)
    if not fetch_value(cursor, bool):
        return None
    _drop_abandoned(cursor)
    cursor.execute("select datname, oid::text from pg_database where datname = current_database()")
    database, oid = fetch_row(cursor)
    restorer = Restorer(role_name(f"{RESTORER}{oid}"), secrets.token_urlsafe(24))
    names = {"role": sql.Identifier(restorer.name), "database": sql.Identifier(database)}
    cursor.execute("select from pg_roles where rolname = %s", (restorer.name,))
    if not cursor.rowcount:
        cursor.execute(
            sql.SQL("create role {role} login; grant {role} to current_user").format(**names)
        )
    verifier = encrypt_password(
        restorer.password, restorer.name, cursor.connection, "scram-sha-256"
    )
    cursor.execute(
        sql.SQL(
            "alter role {role} password {verifier};"
            " grant create, connect, temporary on database {database} to {role}"
        ).format(verifier=sql.Literal(verifier), **names)
    )
    return restorer


def _drop_abandoned(cursor: Cursor) -> None:
    cursor.execute(ABANDONED, {"prefix": role_name(RESTORER)})
    for (name,) in cursor.fetchall():
        cursor.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


def hand_over(cursor: Cursor, restorer: Restorer) -> None:
    """Give what was restored to this user, or where roles are in use to these; drop the role.

    Raises:
        LoaderError: functions stand behind the loader's own tables that are not the loader's.
    """
    name = sql.Identifier(restorer.name)
    if are_roles_in_use():
        take_over(cursor, restorer.name)
    else:
        cursor.execute(sql.SQL("reassign owned by {} to current_user").format(name))
    cursor.execute(sql.SQL("drop owned by {0}; drop role {0}").format(name))
