"""What the machine starts at night and nobody watches must not fail unseen.

A command that failed leaves a note in .failed.json, which `loader status` shows and alerts tell,
until it has succeeded.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from loader.atomic import write_text
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
    try:
        notes: dict[str, dict[str, str]] = json.loads(
            (settings.root / NOTES_FILE).read_text(encoding="utf-8")
        )
    except (OSError, ValueError):
        return {}
    return notes


def _write(settings: Settings, command: str, note: dict[str, str] | None) -> None:
    before = _read(settings)
    notes = {name: one for name, one in before.items() if name != command}
    if note:
        notes[command] = note
    if notes == before:
        return
    write_text(settings.root / NOTES_FILE, json.dumps(notes, indent=2) + "\n")
