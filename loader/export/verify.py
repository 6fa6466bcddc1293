"""Prove that the files in exports/ hold what the mart holds, or name the first difference."""

import csv
import hashlib
import io
import json
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.atomic import file_hash
from loader.config.settings import Settings
from loader.database.errors import database_errors
from loader.errors import LoaderError
from loader.export.changes import check_months, parts
from loader.export.column_guide import GUIDE, column_guide
from loader.export.manifest import FileEntry, Manifest
from loader.export.relations import (
    Publication,
    Relation,
    copy_statement,
    figures,
    mart_relations,
    newest_publication,
    snapshot,
)
from loader.export.write import MANIFEST, data_files, plain_csv, staging_folder


class DifferenceError(LoaderError):
    """Say where an export set first differs from the mart."""


@dataclass(frozen=True)
class Verified:
    """Say what was proved equal: the publication, rows by file, and how many are Parquet."""

    publication: Publication
    rows: dict[str, int]
    parquet_files: int


def verify(settings: Settings) -> Verified:
    """Compare the export set with the mart: every byte of CSV, every value of Parquet.

    Raises:
        DifferenceError: names the file, and where it applies line, column and both values.
        LoaderError: there is no export, or the database fails.
    """
    folder = settings.exports_dir
    manifest = _manifest(folder)
    with database_errors("nothing was verified"), snapshot(settings) as cursor:
        publication = newest_publication(cursor)
        _compare_publication(manifest, publication)
        relations = mart_relations(cursor, publication)
        written = parts(cursor, publication, relations, settings.export_rows)
        _compare_files(manifest, written, folder)
        for part in written:
            _verify_relation(cursor, part, folder, manifest["files"][part.file])
        check_months(cursor, publication, manifest["files"], written)
    _compare_guide(folder, relations)
    rows = {name: entry["rows"] for name, entry in manifest["files"].items()}
    parquet_files = sum("parquet" in entry for entry in manifest["files"].values())
    return Verified(publication, rows, parquet_files)


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        manifest: Manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LoaderError(f"{path} is missing: nothing was exported yet; run make export") from None
    except ValueError as error:
        raise DifferenceError(f"{MANIFEST} cannot be read ({error}); run make export") from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise DifferenceError(f"{MANIFEST} names no files; run make export")
    return manifest


def _compare_publication(manifest: Manifest, publication: Publication) -> None:
    expected = {
        "publication_id": publication.publication_id,
        "logical_date": publication.logical_date.isoformat(),
        "run_id": publication.run_id,
        "published_at": publication.published_at,
    }
    for name, value in expected.items():
        if manifest.get(name) != value:
            raise DifferenceError(
                f"{MANIFEST}: {name} is {manifest.get(name)!r}, the newest publication's is "
                f"{value!r}; run make export"
            )


def _compare_files(manifest: Manifest, relations: list[Relation], folder: Path) -> None:
    """See that the mart's relations, the manifest's entries and the files are the same."""
    expected = {relation.file for relation in relations}
    parquet = {
        entry["parquet"]["file"] for entry in manifest["files"].values() if "parquet" in entry
    }
    present = data_files(folder)
    for name in sorted(expected ^ set(manifest["files"])):
        where = "mart, but not in the manifest" if name in expected else "the manifest, not in mart"
        raise DifferenceError(f"{name}: its relation is in {where}")
    for name in sorted((expected | parquet) ^ present):
        state = "is there, but the manifest does not name it" if name in present else "is missing"
        raise DifferenceError(f"{name}: the file {state}")


def _verify_relation(cursor: Cursor, relation: Relation, folder: Path, entry: FileEntry) -> None:
    path, name = folder / relation.file, relation.file
    _expect(name, "columns with their types", entry.get("columns"), relation.types)
    _expect(name, "order of columns", list(entry["columns"]), list(relation.types))
    found = figures(cursor, relation)
    rows, sha256 = _compare_csv(cursor, relation, path, found.executed)
    _expect(name, "rows", entry.get("rows"), rows)
    _expect(name, "sums", entry.get("sums"), found.sums)
    _expect(name, "neutralised cells", entry.get("neutralised"), found.executed)
    _expect(name, "sha256", entry.get("sha256"), sha256)
    if "parquet" in entry:
        _verify_parquet(cursor, relation, path, entry)


def _expect(name: str, what: str, said: object, found: object) -> None:
    if said != found:
        raise DifferenceError(f"{name}: {what}: the manifest says {said!r}, mart says {found!r}")


class Comparison:
    """Compare what COPY writes with a file, row by row."""

    def __init__(self, file: BinaryIO, name: str, columns: list[str]) -> None:
        self._file = file
        self._name = name
        self._columns = columns
        self._digest = hashlib.sha256()
        self._line = 1

    def write(self, data: bytes) -> int:
        """Take the mart's next row; it must stand next in the file.

        Raises:
            DifferenceError: it does not.
        """
        start = self._file.tell()
        found = self._file.read(len(data))
        if found != data:
            self._file.seek(start)
            raise DifferenceError(self._describe(data))
        self._digest.update(found)
        self._line += found.count(b"\n")
        return len(data)

    def end(self) -> str:
        """See that the file ends where the mart does, and return its SHA-256."""
        if self._file.read(1):
            where = f"{self._name}, line {self._line}"
            raise DifferenceError(f"{where}: the file goes on, mart does not")
        return self._digest.hexdigest()

    def _describe(self, expected_row: bytes) -> str:
        """Say in which column the file's row first differs from the mart's."""
        where = f"{self._name}, line {self._line}"
        text = io.TextIOWrapper(self._file, encoding="utf-8", errors="replace", newline="")
        found = next(csv.reader(text), None)
        text.detach()
        expected = next(csv.reader(io.StringIO(expected_row.decode(), newline="")))
        if found is None:
            return f"{where}: the file ends, mart goes on with {expected[0]!r}"
        pairs = zip_longest(self._columns, found, expected)
        for column, in_file, in_mart in pairs:
            if in_file != in_mart:
                return f"{where}, column {column}: the file has {in_file!r}, mart has {in_mart!r}"
        return f"{where}: quoted or ended in another way than mart's export is"


def _compare_csv(
    cursor: Cursor, relation: Relation, path: Path, neutralised: dict[str, int]
) -> tuple[int, str]:
    """Compare a CSV file with a fresh export of its relation; return rows and SHA-256."""
    with path.open("rb") as file:
        comparison = Comparison(file, relation.file, list(relation.types))
        statement = copy_statement(relation, neutralised).as_string(cursor)
        cursor.copy_expert(statement, comparison)
        return cursor.rowcount, comparison.end()


def _verify_parquet(cursor: Cursor, relation: Relation, csv_file: Path, entry: FileEntry) -> None:
    from loader.export.parquet import compare_parquet  # noqa: PLC0415  (its library is slow to load)

    path = csv_file.with_suffix(".parquet")
    with staging_folder(csv_file.parent) as folder:
        linked = folder / csv_file.name
        linked.hardlink_to(csv_file)
        with plain_csv(cursor, relation, linked, entry["neutralised"]) as plain:
            difference = compare_parquet(path, plain, relation.types)
    if difference:
        raise DifferenceError(f"{path.name}{difference}")
    _expect(path.name, "sha256", entry["parquet"].get("sha256"), file_hash(path))


def _compare_guide(folder: Path, relations: list[Relation]) -> None:
    path = folder / GUIDE
    found = path.read_text(encoding="utf-8") if path.exists() else ""
    pairs = zip_longest(found.splitlines(), column_guide(relations).splitlines())
    for number, (in_file, in_mart) in enumerate(pairs, start=1):
        if in_file != in_mart:
            raise DifferenceError(f"{GUIDE}, line {number}: has {in_file!r}, mart says {in_mart!r}")
