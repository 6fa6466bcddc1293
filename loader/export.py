"""Write every relation of the mart to a CSV file."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import BinaryIO

from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader import server
from loader.errors import LoaderError
from loader.ops import database_errors
from loader.settings import Settings

MANIFEST = "manifest.json"
ASIDE_PREFIX = ".export-"

RELATIONS = """
select
    relation.relname,
    array_agg(attribute.attname order by attribute.attnum),
    array_agg(format_type(attribute.atttypid, attribute.atttypmod) order by attribute.attnum)
from pg_class as relation
inner join pg_attribute as attribute on attribute.attrelid = relation.oid
where
    relation.relnamespace = to_regnamespace('mart')
    and relation.relkind in ('r', 'p', 'v', 'm')
    and not relation.relispartition
    and attribute.attnum > 0
    and not attribute.attisdropped
group by relation.relname
order by relation.relname collate "C"
"""

PRIMARY_KEYS = """
select relation.relname, array_agg(attribute.attname order by key_column.position)
from pg_constraint as constraint_
inner join pg_class as relation on relation.oid = constraint_.conrelid
cross join lateral unnest(constraint_.conkey) with ordinality as key_column (attnum, position)
inner join pg_attribute as attribute
    on attribute.attrelid = constraint_.conrelid and attribute.attnum = key_column.attnum
where constraint_.contype = 'p' and constraint_.connamespace = to_regnamespace('mart')
group by relation.relname
"""


@dataclass(frozen=True)
class Relation:
    """Hold a relation of the mart, its columns with their types, and what it is ordered by."""

    name: str
    types: dict[str, str]
    key: tuple[str, ...]


@dataclass(frozen=True)
class Publication:
    """Name what was published last: its number and logical date."""

    publication_id: int
    logical_date: date


@dataclass(frozen=True)
class ExportResult:
    """Say what was exported: rows by relation, of which publication, and what was removed."""

    publication: Publication
    rows: dict[str, int]
    removed: tuple[str, ...]


class HashedFile:
    """Pass what COPY writes on to a file, and keep its SHA-256."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Write bytes and take them into the digest."""
        self._digest.update(data)
        return self._file.write(data)

    @property
    def sha256(self) -> str:
        """Return the digest, hexadecimal."""
        return self._digest.hexdigest()


def export(settings: Settings) -> ExportResult:
    """Write every relation of the mart, as of one moment, to exports/<relation>.csv.

    The files are written aside and take the place of the old ones when all are complete; the
    manifest comes last. The same mart gives the same bytes.

    Raises:
        LoaderError: nothing was published yet, or the database fails; the old files stay.
    """
    settings.exports_dir.mkdir(parents=True, exist_ok=True)
    with _aside(settings.exports_dir) as aside:
        with database_errors("nothing was exported"), _snapshot(settings) as cursor:
            publication = _last_publication(cursor)
            relations = _relations(cursor)
            _refuse_paths(relations)
            files = {
                f"{relation.name}.csv": _write(cursor, relation, aside) for relation in relations
            }
        _write_manifest(aside, publication, files)
        removed = _put_in_place(aside, settings.exports_dir)
    rows = {name.removesuffix(".csv"): entry["rows"] for name, entry in files.items()}
    return ExportResult(publication, rows, removed)


@contextmanager
def _aside(exports_dir: Path) -> Iterator[Path]:
    """Give a folder on the exports' file system, and clear what a killed export left."""
    for leftover in exports_dir.glob(f"{ASIDE_PREFIX}*"):
        shutil.rmtree(leftover)
    aside = Path(mkdtemp(prefix=ASIDE_PREFIX, dir=exports_dir))
    try:
        yield aside
    finally:
        shutil.rmtree(aside)


@contextmanager
def _snapshot(settings: Settings) -> Iterator[Cursor]:
    """Give a cursor that sees the database as of one moment, and writes values in one way."""
    with closing(server.connect(settings)) as connection:
        connection.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "set local timezone = 'UTC'; set local datestyle = 'ISO, YMD';"
                " set local intervalstyle = 'iso_8601'; set local bytea_output = 'hex';"
                " set local extra_float_digits = 1"
            )
            yield cursor


def _last_publication(cursor: Cursor) -> Publication:
    cursor.execute("select to_regclass('ops.publications') is not null")
    if cursor.fetchone()[0]:
        cursor.execute(
            "select publication_id, logical_date from ops.publications"
            " order by publication_id desc limit 1"
        )
        row = cursor.fetchone()
        if row:
            return Publication(*row)
    raise LoaderError(
        "nothing was published yet, so there is nothing to export; run the build first"
    )


def _relations(cursor: Cursor) -> list[Relation]:
    cursor.execute(PRIMARY_KEYS)
    keys = dict(cursor.fetchall())
    cursor.execute(RELATIONS)
    return [
        Relation(name, dict(zip(columns, types, strict=True)), tuple(keys.get(name, columns)))
        for name, columns, types in cursor.fetchall()
    ]


def _refuse_paths(relations: list[Relation]) -> None:
    """Keep a relation's name from leading out of the folder."""
    for relation in relations:
        if "/" in relation.name:
            raise LoaderError(f"{relation.name} in mart cannot name a file; rename the relation")


def _write(cursor: Cursor, relation: Relation, folder: Path) -> dict:
    """Write one relation and return its entry in the manifest."""
    path = folder / f"{relation.name}.csv"
    with path.open("wb") as file:
        hashed = HashedFile(file)
        cursor.copy_expert(_copy_statement(relation).as_string(cursor), hashed)
        file.flush()
        os.fsync(file.fileno())
    return {"rows": cursor.rowcount, "sha256": hashed.sha256, "columns": relation.types}


def _copy_statement(relation: Relation) -> sql.Composed:
    """Return a COPY whose order does not depend on the database's collation."""
    columns = [
        # PostgreSQL's own t and f are read as text by everything else.
        sql.SQL("{0}::text as {0}" if type_ == "boolean" else "{0}").format(sql.Identifier(name))
        for name, type_ in relation.types.items()
    ]
    order = [
        sql.SQL('{} collate "C"' if _is_text(relation.types[name]) else "{}").format(
            sql.Identifier(relation.name, name)
        )
        for name in relation.key
    ]
    return sql.SQL(
        "copy (select {columns} from {relation} order by {order})"
        " to stdout with (format csv, header true, encoding 'UTF8')"
    ).format(
        columns=sql.SQL(", ").join(columns),
        relation=sql.Identifier("mart", relation.name),
        order=sql.SQL(", ").join(order),
    )


def _is_text(type_: str) -> bool:
    return type_ == "text" or type_.startswith("character")


def _write_manifest(folder: Path, publication: Publication, files: dict[str, dict]) -> None:
    manifest = {
        "publication_id": publication.publication_id,
        "logical_date": publication.logical_date.isoformat(),
        "files": files,
    }
    with (folder / MANIFEST).open("w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(aside: Path, exports_dir: Path) -> tuple[str, ...]:
    """Rename the new files into place, the manifest last; remove CSV files without a relation."""
    names = sorted(path.name for path in aside.glob("*.csv"))
    stale = sorted(path.name for path in exports_dir.glob("*.csv") if path.name not in names)
    for name in [*names, MANIFEST]:
        os.replace(aside / name, exports_dir / name)  # noqa: PTH105
    for name in stale:
        (exports_dir / name).unlink()
    _sync_folder(exports_dir)
    return tuple(stale)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
