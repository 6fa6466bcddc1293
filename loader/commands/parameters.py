"""What several commands take, and how they work alone."""

from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path

import click

from loader.config.settings import Settings
from loader.database.credentials import LOADER
from loader.history.lock import RunLock, run_lock
from loader.pipeline import run as running


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


def alone(
    settings: Settings, command: str, role: str | None = LOADER, wait_minutes: int = 0
) -> AbstractContextManager[RunLock]:
    """Acquire the run lock for a command, in a session of a role or of an administrator (None).

    A run at work is waited for, `wait_minutes` at most.
    """
    return run_lock(settings, running.new_run_id(), command, role, wait_minutes)
