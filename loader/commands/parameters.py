"""What several commands take."""

from datetime import date, datetime
from pathlib import Path

import click


class Day(click.ParamType[date]):
    """Parse a date written YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(
        self, value: str | date, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Return the date, or fail as a usage error."""
        if isinstance(value, date):
            return value
        try:
            day = datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007
        except ValueError:
            day = None
        if day is None or day.isoformat() != value:
            self.fail(f"{value!r} is not a date; write it as 2026-11-22", param, ctx)
        return day


FOLDER = click.Path(path_type=Path)
DAY = Day()
