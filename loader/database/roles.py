"""Four roles with the least that each needs: owner, loader, transformer, bi.

The command can run again at any time, and after every upgrade: it hands new tables to their
owners. Passwords are read from the environment and leave this process as SCRAM verifiers only.
"""

import re
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
from loader.database.preflight import SCHEMAS
from loader.database.schema import ensure_schema, schema_statements
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
        "ops.quality_scores": "select, insert, update",
        "ops.publications": "select, insert",
        "ops.publication_relations": "select, insert",
        "ops.publication_months": "select, insert",
        "ops.load_ids": None,
        "ops.erasures": None,
    },
}
OPEN_TRANSACTIONS = """
select distinct activity.pid, activity.usename
from pg_locks as held
inner join pg_stat_activity as activity on activity.pid = held.pid
inner join pg_class as relations on relations.oid = held.relation
where
    activity.datname = current_database()
    and activity.pid <> pg_backend_pid()
    and relations.relnamespace::regnamespace::text = any(%s)
order by activity.pid
"""
FALSE_TABLES = """
with found as (
    select relnamespace::regnamespace::text || '.' || relname as name, relowner as owner
    from pg_class
    where relnamespace::regnamespace::text || '.' || relname = any(%s)
    union
    select pronamespace::regnamespace::text || '.' || proname, proowner
    from pg_proc
    where pronamespace::regnamespace::text || '.' || proname = any(%s)
)
select found.name, owners.rolname
from found
inner join pg_roles as owners on owners.oid = found.owner
where owners.rolname = any(%s)
order by found.name
"""
MADE_BY_LOADER = re.compile(
    r"^create (?:or replace )?(?:table|sequence|view) (?:if not exists )?([a-z_.]+)", re.MULTILINE
)
FUNCTIONS_OF_LOADER = re.compile(r"^create or replace function ([a-z_.]+)", re.MULTILINE)


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
                _refuse_false_tables(cursor)
            ensure_schema(connection)
            with connection, connection.cursor() as cursor:
                cursor.execute("set local client_min_messages = error")
                for role in (OWNER, *WITH_LOGIN):
                    _make(cursor, role)
                _refuse_false_tables(cursor)  # made meanwhile
                _join_roles(cursor)
                _grant(cursor)
                _hand_over(cursor)
                _set_passwords(connection, cursor, passwords)
        warnings = (*_close_functions(connection), *_limit_files(connection))
    return RolesResult(
        tuple(role_name(role) for role in (OWNER, *WITH_LOGIN)),
        tuple(role_name(role) for role in passwords),
        warnings,
    )


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
            cursor.execute(OPEN_TRANSACTIONS, (list(SCHEMAS),))
            found = ", ".join(f"{pid} of user {user}" for pid, user in cursor)
        raise LoaderError(
            "no role was changed: a table has to change hands, and other sessions read tables in "
            f"open transactions (server processes {found or 'that have just ended'}): end them, or "
            "try again later"
        ) from None


def _refuse_false_tables(cursor: Cursor) -> None:
    """Stop where a role has made what the loader would take for its own, triggers and all.

    Raises:
        LoaderError: names what is in the way, and whose it is.
    """
    schema = schema_statements()
    made = [MADE_BY_LOADER.findall(schema), FUNCTIONS_OF_LOADER.findall(schema)]
    cursor.execute(FALSE_TABLES, (*made, [role_name(role) for role in WITH_LOGIN]))
    found = "; ".join(f"{name} of {owner}" for name, owner in cursor)
    if found:
        raise LoaderError(
            f"the loader's own tables and functions are another's: {found}; no role was changed: "
            "look who made them, and drop or rename them"
        )


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


def _hand_over(cursor: Cursor) -> None:
    """Give the loader's own tables to the owner, and those that dbt made to the transformer."""
    made_by_loader = MADE_BY_LOADER.findall(schema_statements())
    cursor.execute(
        """
        select
            namespace.nspname,
            relation.relname,
            relation.relkind,
            pg_get_userbyid(relation.relowner)
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
            _grant_on(cursor, f"{schema}.{relation}", kind)


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
