"""What of the mart has to be written anew: an export follows what publications changed.

A relation that no publication changed since the last export keeps its file. The sales, once they
are more than a spreadsheet can open, are written by month, and a month keeps its file as well.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.database.fetch import fetch_row, statements
from loader.errors import LoaderError
from loader.export.manifest import FileEntry
from loader.export.relations import Publication, Relation

SQL = statements(Path(__file__).with_suffix(".sql"))

# Relations that are written by month, and the relation with a row for each of their days.
BY_MONTH = {"fct_sales": "agg_daily_sales"}


def parts(
    cursor: Cursor, publication: Publication, relations: list[Relation], largest: int
) -> list[Relation]:
    """Return what is written to a file each: relations, or the months of a large one."""
    found: list[Relation] = []
    for relation in relations:
        days = BY_MONTH.get(relation.name)
        if days and published_rows(cursor, publication, relation.name) > largest:
            cursor.execute(SQL["months"].format(days=days, relation=relation.name))
            found += [replace(relation, month=month) for (month,) in cursor.fetchall()]
        else:
            found.append(relation)
    return found


def published_rows(cursor: Cursor, publication: Publication, relation_name: str) -> int:
    """Return how many rows a relation has by the record of the publication; 0 if it has none."""
    cursor.execute(SQL["published_rows"], (publication.publication_id, relation_name))
    row = cursor.fetchone()
    return row[0] or 0 if row else 0


def check_months(
    cursor: Cursor, publication: Publication, files: dict[str, FileEntry], written: list[Relation]
) -> None:
    """Check that the months of a relation are all of it.

    Raises:
        LoaderError: rows are missing, or there are too many.
    """
    for relation in {part.name: part for part in written if part.month}.values():
        expected = published_rows(cursor, publication, relation.name)
        rows = sum(files[part.file]["rows"] for part in written if part.name == relation.name)
        if rows != expected:
            raise LoaderError(
                f"the months of {relation.name} have {rows:,} rows, its publication has "
                f"{expected:,}; compare whole tables with make publish, then make export"
            )


@dataclass(frozen=True)
class PreviousExport:
    """Hold what the last export left, if it is of a publication that this database knows."""

    folder: Path
    publication_id: int
    written_ns: int
    files: dict[str, FileEntry]

    def entry(self, cursor: Cursor, part: Relation, *, is_parquet_wanted: bool) -> FileEntry | None:
        """Return the entry of a file that can stay; None where it must be written anew."""
        entry = self.files.get(part.file)
        if entry is None or list(entry["columns"].items()) != list(part.types.items()):
            return None
        if ("parquet" in entry) != is_parquet_wanted or self._is_changed(cursor, part):
            return None
        names = {part.file: entry["bytes"]}
        if "parquet" in entry:
            names[entry["parquet"]["file"]] = entry["parquet"]["bytes"]
        is_whole = all(self._is_unchanged(name, size) for name, size in names.items())
        return entry if is_whole else None

    def _is_unchanged(self, name: str, size: int) -> bool:
        try:
            status = (self.folder / name).lstat()
        except OSError:
            return False
        return status.st_size == size and status.st_mtime_ns <= self.written_ns

    def _is_changed(self, cursor: Cursor, part: Relation) -> bool:
        cursor.execute(
            SQL["changes"], {"relation": part.name, "publication_id": self.publication_id}
        )
        is_changed, is_full = fetch_row(cursor)
        if not is_changed or is_full or not part.month:
            return bool(is_changed)
        cursor.execute(
            "select 1 from ops.publication_months"
            " where publication_id > %s and year_month = %s limit 1",
            (self.publication_id, part.month),
        )
        return cursor.fetchone() is not None


def previous_export(cursor: Cursor, folder: Path, manifest_name: str) -> PreviousExport | None:
    """Return what the last export left, or None where it says nothing about this database."""
    path = folder / manifest_name
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        written_ns = path.stat().st_mtime_ns
        known = manifest["publication_id"], manifest["published_at"]
        files = manifest["files"]
        is_complete = all({"bytes", "columns"} <= set(entry) for entry in files.values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    cursor.execute(
        "select 1 from ops.publications where publication_id = %s and published_at::text = %s",
        known,
    )
    if not is_complete or cursor.fetchone() is None:
        return None
    return PreviousExport(folder, known[0], written_ns, files)
