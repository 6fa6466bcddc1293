"""Keep what each month's sales come to, so that pages are made from the months that changed.

A folder a month: its cells by cube, as pages ship them, and a note of what they hold for.
"""

import json
import shutil
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from dashboards.cubes.dictionary import NewValues
from dashboards.cubes.encoding import Encoded
from loader.atomic import atomic_folder, file_lock, write_text
from loader.database.fetch import fetch_value, statements
from loader.export.relations import Publication

NOTE, VERSIONS_FILE = "month.json", "versions.json"

SQL = statements(Path(__file__).with_suffix(".sql"))


class Published(NamedTuple):
    """Name a publication of one database; of the oldest ones the time is not known."""

    publication_id: int
    published_at: str | None


class Cells(Encoded):
    """Hold a month's cells of a cube."""

    month: str


@dataclass(frozen=True)
class Note:
    """Say what a month's cells hold for: publication, program, and the numbers given before.

    `facts` are the rows of each fact, `rows` those of each file of cells: of a cube by month, and
    by day.
    """

    publication: Published
    made_with: str
    numbers_before: str
    facts: dict[str, int]
    rows: dict[str, int]
    new_values: NewValues


class Months:
    """Find the months that still hold; the others are written again, or go."""

    def __init__(
        self, folder: Path, cursor: Cursor, publication: Publication, made_with: str
    ) -> None:
        self._folder = folder
        self._cursor = cursor
        self._publication = Published(publication.publication_id, publication.published_at)
        self._made_with = made_with
        self._forget_changed_versions()
        cursor.execute(SQL["changes"])
        self._changed = dict(cursor.fetchall())
        cursor.execute(SQL["compared"])
        self._compared = fetch_value(cursor, int)
        self._is_known: dict[Published, bool] = {}

    def _forget_changed_versions(self) -> None:
        """Forget all months where a key of sales stands for something else than it did."""
        self._cursor.execute(SQL["versions"])
        versions = dict(self._cursor.fetchall())
        path = self._folder / VERSIONS_FILE
        known = json.loads(path.read_text()) if path.exists() else None
        if known is None or any(versions.get(key, sum_) != sum_ for key, sum_ in known.items()):
            self.keep_only([])
        write_text(path, json.dumps(versions))

    def find(self, month: str, numbers_before: str) -> Note | None:
        """Return the note of a month whose cells hold; None where they must be made anew."""
        try:
            note = Note(**json.loads((self._folder / month / NOTE).read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        if (note.made_with, note.numbers_before) != (self._made_with, numbers_before):
            return None
        changed = max(self._changed.get(month, 0), self._compared)
        publication = Published(*note.publication)
        if publication.publication_id < changed or not self._knows(publication):
            return None
        return note if all(self._file(month, cube).exists() for cube in note.rows) else None

    def _file(self, month: str, cube: str) -> Path:
        return self._folder / month / f"{cube}.json"

    def _knows(self, publication: Published) -> bool:
        """Return whether a publication is one of this database."""
        if publication not in self._is_known:
            self._cursor.execute(SQL["known"], publication[:1])
            self._is_known[publication] = self._cursor.fetchone() == publication
        return self._is_known[publication]

    def write(
        self,
        month: str,
        numbers_before: str,
        new_values: NewValues,
        cubes: dict[str, Cells],
        facts: dict[str, int],
    ) -> Note:
        """Write a month's cells by cube, whole or not at all, and return its note."""
        rows = {name: encoded["rows"] for name, encoded in cubes.items()}
        note = Note(self._publication, self._made_with, numbers_before, facts, rows, new_values)
        with atomic_folder(self._folder / month) as folder:
            for name, encoded in cubes.items():
                (folder / f"{name}.json").write_text(json.dumps(encoded))
            (folder / NOTE).write_text(json.dumps(asdict(note)))
        return note

    def cells(self, month: str, cube: str) -> str:
        """Return a month's cells of a cube as they were written."""
        return self._file(month, cube).read_text()

    def keep_only(self, months: list[str]) -> None:
        """Remove all other months."""
        for path in self._folder.iterdir():
            if path.is_dir() and path.name not in months:
                shutil.rmtree(path)


def lock(folder: Path) -> AbstractContextManager[int]:
    """Lock the folder of months; who comes second waits."""
    folder.mkdir(parents=True, exist_ok=True)
    return file_lock(folder, is_waiting=True)
