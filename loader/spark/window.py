"""The newest months of facts: PostgreSQL is given no more where the others stay on Spark.

A month leaves with the first run of another one, and months come back where the setting allows
more of them. Neither changes a day's sales, so what is published is told of these days here.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from psycopg2.extensions import cursor as Cursor  # noqa: N812

from loader.database.fetch import fetch_value, statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True)
class Window:
    """Hold the first day of the months that PostgreSQL is given, as a key (YYYYMMDD)."""

    first_day: int
    has_facts: bool  # copied and published, by a run before
    is_wider: bool  # than what was copied

    @property
    def condition(self) -> str:
        """Return what the rows of a fact meet that are copied, for either engine."""
        return f"date_key >= {self.first_day}"

    def note_moves(self, cursor: Cursor) -> None:
        """Add the days by which the copied facts begin earlier or later than the published."""
        if self.has_facts:
            cursor.execute(SQL["note_moves"])


def read_window(cursor: Cursor, months: int | None, day: date) -> Window:
    """Return the months that end with the one of a day, as seen before anything is copied."""
    first_day = first_day_of(months, day)
    cursor.execute(SQL["has_facts"])
    has_facts = fetch_value(cursor, bool)
    if not has_facts:
        return Window(first_day, has_facts=False, is_wider=False)
    cursor.execute(SQL["is_wider"], (first_day,))
    return Window(first_day, has_facts=True, is_wider=fetch_value(cursor, bool))


def first_day_of(months: int | None, day: date) -> int:
    """Return the first day of so many months that end with the one of a day; 0 for all months."""
    if months is None:
        return 0
    year, month = divmod(max(0, day.year * 12 + day.month - months), 12)
    return year * 10_000 + (month + 1) * 100 + 1
