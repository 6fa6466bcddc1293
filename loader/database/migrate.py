"""Bring the loader's tables from where an older release left them to where this one needs them.

`schema.sql` says what a new database has. A change of a table that is already out there is a
numbered file in `migrations/` as well: each is applied once, in order, in the transaction that
creates what is missing, and put on record in `ops.migrations`. The first is the baseline, at which
the first release stands. Statements say `if exists` and `if not exists`, because a table may be
younger than the change.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.database.fetch import relation_exists
from loader.errors import LoaderError

FOLDER = Path(__file__).with_name("migrations")
NAMED = re.compile(r"(\d{4})_(\w+)\.sql")
BASELINE = 8


@dataclass(frozen=True)
class Migration:
    """Hold a change: its number, name and statements."""

    number: int
    name: str
    statements: str


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """Return the changes in order.

    Raises:
        ValueError: a file is not named like one, or a number is missing or there twice.
    """
    found: list[Migration] = []
    for number, path in enumerate(sorted(folder.iterdir()), start=BASELINE):
        named = NAMED.fullmatch(path.name)
        if named is None or int(named[1]) != number:
            raise ValueError(f"{path} is not migration {number:04}_<name>.sql")
        found.append(Migration(number, named[2], path.read_text(encoding="utf-8")))
    return found


def apply(cursor: Cursor, schema: str, known: list[Migration]) -> list[Migration]:
    """Apply what the database lacks, then create what `schema` says; return what was applied.

    Raises:
        LoaderError: the database was made by a newer release, or before the first one.
    """
    is_new = not relation_exists(cursor, "ops.runs")
    applied = _applied(cursor)
    newest = known[-1].number
    if max(applied, default=0) > newest:
        raise LoaderError(
            f"the database was made by a newer release (change {max(applied)} of its tables, this "
            f"one knows {newest}): update this folder, or use another database"
        )
    missing = [migration for migration in known if migration.number not in applied]
    if not is_new:
        if BASELINE not in applied:
            raise LoaderError(
                "the database was made before the first release, 0.1.0, and is not brought up to "
                "date: name an empty one (PGDATABASE) and rebuild all from the archive, make replay"
            )
        for migration in missing:
            cursor.execute(migration.statements)
    cursor.execute(schema)
    cursor.executemany(
        "insert into ops.migrations (number, name) values (%s, %s)",
        [(migration.number, migration.name) for migration in missing],
    )
    return [] if is_new else missing


def are_applied(cursor: Cursor, known: list[Migration]) -> bool:
    """Return whether the database has every change."""
    return _applied(cursor) >= {migration.number for migration in known}


def _applied(cursor: Cursor) -> set[int]:
    if not relation_exists(cursor, "ops.migrations"):
        return set()
    cursor.execute("select number from ops.migrations")
    return {number for (number,) in cursor.fetchall()}
