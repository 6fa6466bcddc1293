"""Write every relation of the mart to a CSV file; to Parquet and Excel where that is wanted."""

import hashlib
import io
import json
import os
import shutil
from collections.abc import Buffer, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import mkdtemp

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.atomic import file_hash
from loader.config.settings import Settings
from loader.database.errors import database_errors
from loader.errors import LoaderError
from loader.export.changes import PreviousExport, check_months, parts, previous_export
from loader.export.column_guide import GUIDE, column_guide
from loader.export.manifest import FileEntry, Manifest, ParquetEntry
from loader.export.relations import (
    Figures,
    Publication,
    Relation,
    copy_statement,
    figures,
    mart_relations,
    newest_publication,
    snapshot,
)
from loader.export.workbook import WORKBOOK, write_workbook

MANIFEST = "manifest.json"
STAGING_PREFIX = ".export-"
BUFFER_BYTES = 1 << 20
DATA_FILES = ("*.csv", "*.parquet", "fct_sales/*.csv", "fct_sales/*.parquet")


@dataclass(frozen=True)
class ExportResult:
    """Say what the folder holds: rows by file, of which publication, and what was done for it."""

    publication: Publication
    rows: dict[str, int]
    written: tuple[str, ...]
    removed: tuple[str, ...]


class HashedFile(io.RawIOBase):
    """Pass bytes on to a file, and keep their SHA-256."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def writable(self) -> bool:
        """Tell that this is a file to write to."""
        return True

    def write(self, data: Buffer) -> int:
        """Write bytes and take those that were written into the digest."""
        written = self._file.write(data)
        self._digest.update(memoryview(data)[:written])
        return written

    @property
    def sha256(self) -> str:
        """Return the digest, hexadecimal."""
        return self._digest.hexdigest()


def export(settings: Settings, *, is_full: bool = False) -> ExportResult:
    """Write every relation of the mart, as of one moment, to exports/<relation>.csv.

    The files are staged and take the place of the old ones when all are complete; the
    manifest comes last. The same mart gives the same bytes. What no publication changed since the
    last export stays as it is, unless `is_full` asks for all.

    Raises:
        LoaderError: nothing was published yet, or the database fails; the old files stay.
    """
    settings.exports_dir.mkdir(parents=True, exist_ok=True)
    with staging_folder(settings.exports_dir) as folder:
        with database_errors("nothing was exported"), snapshot(settings) as cursor:
            publication = newest_publication(cursor)
            relations = mart_relations(cursor, publication)
            _refuse_paths(relations)
            previous = None if is_full else previous_export(cursor, settings.exports_dir, MANIFEST)
            wanted = parts(cursor, publication, relations, settings.export_rows)
            reused = dict(_reused(settings, cursor, previous, wanted)) if previous else {}
            changed = [part for part in wanted if part.file not in reused]
            entries = reused | _write_all(settings, cursor, changed, folder)
            files = {part.file: entries[part.file] for part in wanted}
            check_months(cursor, publication, files, wanted)
        _write_text(folder / GUIDE, column_guide(relations))
        _write_manifest(folder, publication, settings.currency, files)
        removed = _commit(folder, settings.exports_dir, files)
    if settings.excel:
        write_workbook(settings.exports_dir, relations)
    else:
        (settings.exports_dir / WORKBOOK).unlink(missing_ok=True)
    rows = {name.removesuffix(".csv"): entry["rows"] for name, entry in files.items()}
    return ExportResult(publication, rows, tuple(part.file for part in changed), removed)


def _reused(
    settings: Settings, cursor: Cursor, previous: PreviousExport, wanted: list[Relation]
) -> Iterator[tuple[str, FileEntry]]:
    """Yield the files that stay as the last export left them, with their entries."""
    for part in wanted:
        entry = previous.entry(cursor, part, is_parquet_wanted=settings.parquet)
        if entry:
            yield part.file, entry


@contextmanager
def staging_folder(exports_dir: Path) -> Iterator[Path]:
    """Yield a folder on the exports' file system, and clear what a killed export left."""
    for leftover in exports_dir.glob(f"{STAGING_PREFIX}*"):
        shutil.rmtree(leftover)
    folder = Path(mkdtemp(prefix=STAGING_PREFIX, dir=exports_dir))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _refuse_paths(relations: list[Relation]) -> None:
    """Keep a relation's name from leading out of the folder."""
    for relation in relations:
        if "/" in relation.name:
            raise LoaderError(f"{relation.name} in mart cannot name a file; rename the relation")


def _write_all(
    settings: Settings, cursor: Cursor, wanted: list[Relation], folder: Path
) -> dict[str, FileEntry]:
    """Write relations, and return their entries.

    While one is written, the figures of the next are computed as of the same moment on a connection
    beside, and the last one reaches the disk.
    """
    found: dict[str, FileEntry] = {}
    with (
        snapshot(settings, cursor) as beside,
        ThreadPoolExecutor(1) as disk,
        ThreadPoolExecutor(1) as figuring,
    ):
        on_disk = []
        computed = [figuring.submit(figures, beside, relation) for relation in wanted[:1]]
        for relation, following in zip_longest(wanted, wanted[1:]):
            known = computed.pop().result()
            if following:
                computed.append(figuring.submit(figures, beside, following))
            found[relation.file] = _write(cursor, relation, known, folder, settings.parquet)
            on_disk.append(disk.submit(_sync, folder / relation.file))
        for one in on_disk:
            one.result()
    return found


def _write(
    cursor: Cursor, relation: Relation, found: Figures, folder: Path, is_parquet_wanted: bool
) -> FileEntry:
    """Write one relation and return its entry in the manifest."""
    path = folder / relation.file
    path.parent.mkdir(exist_ok=True)
    rows, sha256 = copy_to_file(cursor, relation, path, found.executed)
    entry: FileEntry = {
        "rows": rows,
        "bytes": path.stat().st_size,
        "sha256": sha256,
        "sums": found.sums,
        "neutralised": found.executed,
        "columns": relation.types,
    }
    if is_parquet_wanted:
        entry["parquet"] = _write_parquet(cursor, relation, path, found.executed)
    return entry


def copy_to_file(
    cursor: Cursor, relation: Relation, path: Path, neutralised: dict[str, int]
) -> tuple[int, str]:
    """Write a relation to a CSV file; return rows and SHA-256."""
    statement = copy_statement(relation, neutralised).as_string(cursor)
    with path.open("wb", buffering=0) as file:
        hashed = HashedFile(file)
        # COPY hands over row by row; Python's own code sees a megabyte at a time.
        with io.BufferedWriter(hashed, BUFFER_BYTES) as buffered:
            cursor.copy_expert(statement, buffered)
    return cursor.rowcount, hashed.sha256


def _write_parquet(
    cursor: Cursor, relation: Relation, csv: Path, neutralised: dict[str, int]
) -> ParquetEntry:
    """Write the Parquet file beside the CSV file; nothing is neutralised in it."""
    from loader.export.parquet import write_parquet  # noqa: PLC0415  (its library is slow to load)

    with plain_csv(cursor, relation, csv, neutralised) as plain:
        path = write_parquet(plain, relation.types, csv.with_suffix(".parquet"))
    name = relation.file.removesuffix(".csv") + ".parquet"
    return {"file": name, "bytes": path.stat().st_size, "sha256": file_hash(path)}


@contextmanager
def plain_csv(
    cursor: Cursor, relation: Relation, csv: Path, neutralised: dict[str, int]
) -> Iterator[Path]:
    """Yield a CSV file of the relation in which nothing is neutralised: often the one there is."""
    if not neutralised:
        yield csv
        return
    plain = csv.with_suffix(".plain")
    copy_to_file(cursor, relation, plain, {})
    try:
        yield plain
    finally:
        plain.unlink()


def _write_manifest(
    folder: Path, publication: Publication, currency: str, files: dict[str, FileEntry]
) -> None:
    manifest: Manifest = {
        "publication_id": publication.publication_id,
        "logical_date": publication.logical_date.isoformat(),
        "run_id": publication.run_id,
        "published_at": publication.published_at,
        "currency": currency,
        "files": files,
    }
    _write_text(folder / MANIFEST, json.dumps(manifest, indent=2) + "\n")


def _write_text(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def forget_exports(settings: Settings) -> None:
    """Forget what was exported and drawn, so that files and pages are written whole again."""
    (settings.exports_dir / MANIFEST).unlink(missing_ok=True)
    if settings.cube_cache_dir.exists():
        shutil.rmtree(settings.cube_cache_dir)


def data_files(folder: Path) -> set[str]:
    """Return the names of the files in a folder of exports that hold data."""
    return {
        str(path.relative_to(folder)) for pattern in DATA_FILES for path in folder.glob(pattern)
    }


def export_set(folder: Path) -> set[str]:
    """Return the names of the files that make an export: its data, and what describes it."""
    others = (name for name in (GUIDE, MANIFEST, WORKBOOK) if (folder / name).exists())
    return data_files(folder) | set(others)


def _commit(folder: Path, exports_dir: Path, files: dict[str, FileEntry]) -> tuple[str, ...]:
    """Rename the new files into place, the manifest last; remove data that no longer belongs."""
    written = sorted(data_files(folder))
    belongs = set(files) | {
        entry["parquet"]["file"] for entry in files.values() if "parquet" in entry
    }
    for name in [*written, GUIDE, MANIFEST]:
        (exports_dir / name).parent.mkdir(exist_ok=True)
        os.replace(folder / name, exports_dir / name)  # noqa: PTH105
    stale = sorted(data_files(exports_dir) - belongs)
    for name in stale:
        (exports_dir / name).unlink()
    for changed in {(exports_dir / name).parent for name in [*written, *stale]} | {exports_dir}:
        if changed != exports_dir and not any(changed.iterdir()):
            changed.rmdir()
        else:
            _sync(changed)
    return tuple(stale)


def _sync(path: Path) -> None:
    """See that a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
