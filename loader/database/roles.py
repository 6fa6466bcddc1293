"""Four roles with the least that each needs: owner, loader, transformer, bi.

The command can run again at any time, and after every upgrade: it hands new tables to their
owners. Passwords are read from the environment and leave this process as SCRAM verifiers only.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from psycopg2 import errors, sql
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import cursor as Cursor  # noqa: N812
from psycopg2.extensions import encrypt_password

from loader.config.settings import Settings
from loader.database import server
from loader.database.credentials import (
    BI,
    LOADER,
    OWNER,
    TRANSFORMER,
    WITH_LOGIN,
    password_variable,
    role_name,
    role_password,
)
from loader.database.errors import database_errors
from loader.database.fetch import fetch_value
from loader.database.ownership import (
    hand_over,
    open_transactions,
    own_things,
    present_owners,
    refuse_false_tables,
)
from loader.database.schema import ensure_schema
from loader.errors import LoaderError

GRANTS = Path(__file__).with_name("roles.sql")
MIN_PASSWORD = 12
# What every login may call unless it is taken away: it fills disks and holds up the pipeline.
OPEN_TO_ALL = r"^(lo_|lowrite|loread|pg_logical_emit_message|pg_(try_)?advisory_)"
LOCK_TIMEOUT = "5s"  # readers queue behind a lock that is waited for
TEMPORARY_FILES = "512MB"  # of a process of a bi session
# What a role may do to the tables of schema.sql: by name, else by schema, else nothing.
PRIVILEGES: dict[str, dict[str, str | None]] = {
    LOADER: {
        "staging": "select, insert, truncate",
        "quarantine": "select, insert, delete",
        "ops": "select",
        "ops.runs": "select, insert, update",
        "ops.steps": "select, insert, update",
        "ops.table_sizes": "select, insert",
        "ops.loads": "select, insert",
        "ops.load_ids": "usage",
        "ops.erasures": "select (pseudonym)",
    },
    TRANSFORMER: {
        "staging": "select",
        "quarantine": "select",
        "ops": "select",
        "ops.invocations": "select, insert, update",
        "ops.node_results": "select, insert",
        "ops.quality_scores": "select, insert, update, delete",
        "ops.publications": "select, insert",
        "ops.publication_relations": "select, insert",
        "ops.publication_months": "select, insert",
        "ops.copied_snapshots": "select, insert, update",
        "ops.load_ids": None,
        "ops.erasures": None,
    },
}


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
        with database_errors("no role was changed"), _no_long_wait(connection):
            with connection, connection.cursor() as cursor:
                refuse_false_tables(cursor)
            ensure_schema(connection)
            with connection, connection.cursor() as cursor:
                cursor.execute("set local client_min_messages = error")
                for role in (OWNER, *WITH_LOGIN):
                    _make(cursor, role)
                refuse_false_tables(cursor)  # made meanwhile
                owners = present_owners(cursor)
                _join_roles(cursor)
                _grant(cursor)
                _give_to_owner(cursor, "schema", "function")
                for relation, kind in hand_over(cursor, owners):
                    _grant_on(cursor, relation, kind)
                _set_passwords(connection, cursor, passwords)
        warnings = (*_close_functions(connection), *_limit_files(connection))
    return RolesResult(
        tuple(role_name(role) for role in (OWNER, *WITH_LOGIN)),
        tuple(role_name(role) for role in passwords),
        warnings,
    )


def take_over(cursor: Cursor, restorer: str) -> None:
    """Give what a role restored to the transformer, and the loader's own things to the owner.

    Raises:
        LoaderError: functions stand behind the loader's own tables that are not the loader's.
    """
    for role in (OWNER, *WITH_LOGIN):
        _make(cursor, role)
    _join_roles(cursor)
    names = {
        "restorer": sql.Identifier(restorer),
        "transformer": sql.Identifier(role_name(TRANSFORMER)),
    }
    cursor.execute(sql.SQL("reassign owned by {restorer} to {transformer}").format(**names))
    _give_to_owner(cursor, "schema", "function", "table")
    refuse_false_tables(cursor)


def _give_to_owner(cursor: Cursor, *kinds: str) -> None:
    """Give what the loader makes to the owner, who cannot log in; an upgrade acts as it."""
    owner = sql.Identifier(role_name(OWNER))
    things = own_things(cursor)
    for kind in kinds:  # schemas first: who gets a function must be able to create one there
        for thing in (name for its_kind, name in things if its_kind == kind):
            statement = sql.SQL(f"alter {kind} {thing} owner to {{}}")  # quoted by the query
            cursor.execute(statement.format(owner))


@contextmanager
def _no_long_wait(connection: Connection) -> Iterator[None]:
    """Wait for no lock longer than a few seconds, and then say whose transactions are open.

    Raises:
        LoaderError: a session reads a table that has to change hands.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute("select set_config('lock_timeout', %s, false)", (LOCK_TIMEOUT,))
    try:
        yield
    except errors.LockNotAvailable:
        with connection, connection.cursor() as cursor:
            found = ", ".join(f"{pid} of user {user}" for pid, user in open_transactions(cursor))
        raise LoaderError(
            "no role was changed: a table has to change hands, and other sessions read tables in "
            f"open transactions (server processes {found or 'that have just ended'}): end them, or "
            "try again later"
        ) from None


def _passwords() -> Iterator[tuple[str, str]]:
    for role in WITH_LOGIN:
        password = role_password(role)
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
    return fetch_value(cursor, bool)


def _join_roles(cursor: Cursor) -> None:
    """Let an administrator who is no superuser hand tables over, and act for their owners."""
    if not _is_superuser(cursor):
        statement = "grant {}, {} to current_user"
        names = (role_name(OWNER), role_name(TRANSFORMER))
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _grant_on(cursor: Cursor, relation: str, kind: str) -> None:
    """Give each role what it needs of a table of the loader's: none changes what was loaded."""
    schema = relation.partition(".")[0]
    names = {
        "kind": sql.SQL("sequence" if kind == "S" else "table"),
        "relation": sql.Identifier(*relation.split(".")),
    }
    for role, privileges in PRIVILEGES.items():
        names["role"] = sql.Identifier(role_name(role))
        cursor.execute(sql.SQL("revoke all on {kind} {relation} from {role}").format(**names))
        granted = privileges.get(relation, privileges.get(schema))
        if granted:
            statement = f"grant {granted} on {{kind}} {{relation}} to {{role}}"
            cursor.execute(sql.SQL(statement).format(**names))


def _grant(cursor: Cursor) -> None:
    cursor.execute("select current_database()")
    names = {role: role_name(role) for role in (OWNER, LOADER, TRANSFORMER, BI)}
    names["database"] = fetch_value(cursor, str)
    identifiers = {name: sql.Identifier(value) for name, value in names.items()}
    cursor.execute(sql.SQL(GRANTS.read_text(encoding="utf-8")).format(**identifiers))


def _set_passwords(connection: Connection, cursor: Cursor, passwords: dict[str, str]) -> None:
    for role, password in passwords.items():
        name = role_name(role)
        verifier = encrypt_password(password, name, connection, "scram-sha-256")
        cursor.execute(
            sql.SQL("alter role {} password {}").format(sql.Identifier(name), sql.Literal(verifier))
        )


def _limit_files(connection: Connection) -> Iterator[str]:
    """Limit what a session of bi may write beside the tables, for sorting; a superuser can."""
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                sql.SQL("alter role {} set temp_file_limit = {}").format(
                    sql.Identifier(role_name(BI)), sql.Literal(TEMPORARY_FILES)
                )
            )
    except errors.InsufficientPrivilege:
        yield "the temporary files of bi are not limited: only a superuser can limit them"


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
            "large objects, logical messages and advisory locks stay open to every login of this "
            "database: only a superuser can close them"
        )
    except psycopg2.Error as error:
        yield (
            f"large objects, logical messages and advisory locks stay open: {type(error).__name__}"
        )
