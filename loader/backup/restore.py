"""Restore a backup into an empty database, and compare what came with what was saved."""

import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.backup.create import (
    ARCHIVE,
    DUMP,
    Backup,
    check,
    client_program,
    programs,
    run_program,
)
from loader.backup.fingerprint import Fingerprint, fingerprints, ours
from loader.config.settings import Settings
from loader.database import server
from loader.database.credentials import are_roles_in_use, with_fresh_password
from loader.database.embedded.cluster import Cluster
from loader.database.errors import database_errors
from loader.database.fetch import fetch_value
from loader.database.libpq import environment_of
from loader.database.preflight import RESTORING, assert_usable, existing_schemas, unfinished_restore
from loader.database.restorer import hand_over, make_restorer
from loader.errors import LoaderError
from loader.ingest.archive import archive_dir

JOBS = 2
UNFINISHED = "the restore is not complete"


def restore(
    settings: Settings, folder: Path, backup: Backup, lock_descriptor: int | None = None
) -> None:
    """Restore a backup into the shop's database, which must be empty, and the archived batches.

    It works as a role made for it, with no rights but on this database, where the user may make
    one: what a backup calls while it is restored has no more rights than that.

    From before the first table until every table was compared and every batch is there, the
    database bears a mark that runs respect. Where one bears it already, a restore was stopped:
    what it made is dropped and made again.

    Raises:
        LoaderError: the database holds tables, a program failed, or what was restored is not what
            was saved; or several roles made it, and they are not in use.
    """
    check(folder, backup)
    with database_errors(UNFINISHED), server.transaction(settings, None) as cursor:
        version = cursor.connection.server_version // 10_000
        is_again = _mark(cursor, backup)
        restorer = make_restorer(cursor)
        if not (restorer and are_roles_in_use()):
            _refuse_several_owners(folder, backup)

    def login() -> dict[str, str | int]:
        parameters = server.connection_parameters(settings)
        return {**parameters, **restorer.login} if restorer else with_fresh_password(parameters)

    options = ["--clean", "--if-exists"] if is_again else []
    dump = folder / backup.name / DUMP
    program = client_program("pg_restore", version)
    restore_dump(dump, login(), program, options, lock_descriptor)
    with (
        database_errors(UNFINISHED),
        closing(server.open_session(login())) as connection,
        connection.cursor() as cursor,
    ):
        assert_as_saved(backup, differences_to(cursor, backup))
    if ARCHIVE in backup.files:
        with tarfile.open(folder / backup.name / ARCHIVE) as tar:
            tar.extractall(archive_dir(settings).parent, filter="data")
    with database_errors(UNFINISHED), server.transaction(settings, None) as cursor:
        if restorer:
            hand_over(cursor, restorer)
        cursor.execute(sql.SQL("drop schema {}").format(sql.Identifier(RESTORING)))


def _mark(cursor: Cursor, backup: Backup) -> bool:
    """Let the database bear the mark of a restore; return whether it bore one already.

    Raises:
        LoaderError: the server is older than the backup, or the database is not empty.
    """
    version = cursor.connection.server_version // 10_000
    if version < backup.server_version:
        raise LoaderError(
            f"the backup is of PostgreSQL {backup.server_version}, the server is {version}: "
            "restore into one that is not older"
        )
    mark = sql.Identifier(RESTORING)
    is_again = unfinished_restore(cursor) is not None
    if not is_again:
        _refuse_occupied(cursor)
        assert_usable(cursor)
        cursor.execute(sql.SQL("create schema {}").format(mark))
    said = sql.Literal(f"backup {backup.name}")
    cursor.execute(sql.SQL("comment on schema {} is {}").format(mark, said))
    return is_again


def _refuse_occupied(cursor: Cursor) -> None:
    """Keep a restore out of a database that holds anything it could meet."""
    cursor.execute(
        "select count(*) from pg_class where relkind in ('r', 'p')"
        " and relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'"
    )
    tables = fetch_value(cursor, int)
    schemas = existing_schemas(cursor)
    if tables or schemas:
        holds = f"{tables} tables" if tables else f"schema {', '.join(schemas)}"
        raise LoaderError(
            f"the database holds {holds}, nothing was restored: name an empty one "
            "(PGDATABASE), or move .postgres/ away for a new embedded server"
        )


def _refuse_several_owners(folder: Path, backup: Backup) -> None:
    """Let nobody become the owner of what a role with fewer rights has made, as functions.

    Raises:
        LoaderError: names the roles.
    """
    listing = [
        str(Cluster.program_of(programs(backup.server_version), "pg_restore")),
        "--list",
        str(folder / backup.name / DUMP),
    ]
    entries = (line for line in run_program(listing, {}) if line[:1] != ";")
    owners = {entry.rpartition(" ")[2] for entry in entries} - {"", "pg_database_owner"}
    if len(owners) > 1:
        raise LoaderError(
            f"what the backup holds belonged to {', '.join(sorted(owners))}, and would be yours, "
            "functions too: set SHOP_ROLES=1, and restore as a user who may make roles, so that "
            "it belongs to owner and transformer; nothing was restored"
        )


def differences_to(cursor: Cursor, backup: Backup) -> tuple[str, ...]:
    """Compare every table of ours with what was saved of it."""
    found = fingerprints(cursor)
    known = ours(cursor, backup.tables)
    return tuple(differences({name: backup.tables[name] for name in known}, found))


def assert_as_saved(backup: Backup, found: tuple[str, ...]) -> None:
    """Raise where tables differ from what was saved.

    Raises:
        LoaderError: names the tables.
    """
    if found:
        raise LoaderError(
            f"backup {backup.name} was restored and is not what was saved: " + "; ".join(found)
        )


def restore_dump(
    dump: Path,
    parameters: Mapping[str, str | int],
    program: str,
    options: Sequence[str] = (),
    lock_descriptor: int | None = None,
) -> None:
    """Let pg_restore make what pg_dump wrote, several tables at once.

    Raises:
        LoaderError: it failed.
    """
    environment = environment_of(parameters)
    command = [
        program,
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        "--no-password",
        *options,
        f"--dbname={environment['PGDATABASE']}",
        f"--jobs={JOBS}",
        str(dump),
    ]
    if "password" in parameters:
        environment["PGPASSWORD"] = str(parameters["password"])
    run_program(command, environment, lock_descriptor)


def differences(saved: dict[str, Fingerprint], found: dict[str, Fingerprint]) -> Iterator[str]:
    """Say how restored tables differ from those that were saved."""
    for table in sorted({*saved, *found}):
        if table not in found:
            yield f"{table} is missing"
        elif table not in saved:
            yield f"{table} was not saved"
        elif saved[table].rows != found[table].rows:
            yield f"{table} has {found[table].rows:,} rows and not {saved[table].rows:,}"
        elif saved[table] != found[table]:
            yield f"{table} has as many rows, but others"
