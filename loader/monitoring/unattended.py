"""What the machine starts at night and nobody watches must not fail unseen.

A command that failed leaves a note in .failed.json, which `loader status` shows and alerts tell,
until it has succeeded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from loader.atomic import read_json, write_json
from loader.config.settings import Settings
from loader.database.errors import database_errors
from loader.errors import LoaderError
from loader.history.runs import one_line
from loader.monitoring.status import FailedCommand

NOTES_FILE = ".failed.json"
ARCHIVE = "archive"  # its copy in object storage, which every run brings up to date


@contextmanager
def noted(settings: Settings, command: str) -> Iterator[None]:
    """Note that the block failed, or take the note of an earlier failure away."""
    try:
        with database_errors("the database failed"):
            yield
    except (LoaderError, OSError) as error:
        failed_at = datetime.now(UTC).isoformat(timespec="seconds")
        _write(settings, command, {"failed_at": failed_at, "error": one_line(str(error))})
        raise
    _write(settings, command, None)


def failed_commands(settings: Settings) -> tuple[FailedCommand, ...]:
    """Return the commands that failed and have not succeeded since."""
    return tuple(
        FailedCommand(name, datetime.fromisoformat(note["failed_at"]), note["error"])
        for name, note in _read(settings).items()
    )


def _read(settings: Settings) -> dict[str, dict[str, str]]:
    return read_json(settings.root / NOTES_FILE, {})


def _write(settings: Settings, command: str, note: dict[str, str] | None) -> None:
    before = _read(settings)
    notes = {name: one for name, one in before.items() if name != command}
    if note:
        notes[command] = note
    if notes != before:
        write_json(settings.root / NOTES_FILE, notes)
