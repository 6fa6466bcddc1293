"""The log of a run: one JSON object a line in logs/<run id>.jsonl, and the same for who watches."""

import contextlib
import io
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

import structlog

from loader.pipeline.console import Screen

ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
LEVELS = {"red": logging.ERROR, "yellow": logging.WARNING}
LARGEST_FILE = 20_000_000  # bytes; then the file moves aside, and the oldest of three goes
OLDER_FILES = 3


class PrivateFile(RotatingFileHandler):
    """Write to files that only their owner reads, and that do not grow without end."""

    def _open(self) -> io.TextIOWrapper:
        descriptor = os.open(
            self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
        )
        return open(descriptor, "a", encoding="utf-8")  # noqa: PTH123


class RunLog:
    """Write events to a file and show them.

    An event has a time, a level, the run, the step at work and a text; some have facts besides.
    """

    def __init__(self, logger: structlog.stdlib.BoundLogger, path: Path, screen: Screen) -> None:
        self._logger = logger
        self._screen = screen
        self.path = path
        self.reveal = screen.reveal
        self.progress = screen.progress

    def line(
        self, text: str, colour: str | None = None, *, is_bold: bool = False, **facts: object
    ) -> None:
        """Write an event of our own: red is an error, yellow a warning."""
        plain = ESCAPES.sub("", text)
        self._logger.log(LEVELS.get(colour or "", logging.INFO), plain, **facts)
        self._screen.show(plain, stamped(plain), f"{'bold ' * is_bold}{colour or ''}".strip())

    def detail(self, text: str, *, is_kept: bool = True) -> None:
        """Write a line of a program's output; on the screen it stands back.

        Where details are not shown, those that are kept appear when the program has failed.
        """
        plain = ESCAPES.sub("", text)
        self._logger.debug(plain, source="dbt")
        self._screen.detail(plain, stamped(plain), is_kept=is_kept)

    def event(self, text: str, **facts: object) -> None:
        """Write an event that nobody needs to see while it happens."""
        self._logger.info(text, **facts)

    @contextmanager
    def step(self, step: str, attempt: int) -> Iterator[None]:
        """Let the events of the block be those of a step."""
        outside = self._logger
        self._logger = outside.bind(step=step, attempt=attempt)
        try:
            with self._screen.bar(step):
                yield
        finally:
            self._logger = outside


def stamped(text: str) -> str:
    """Return every line of a text with the time, in UTC, before it."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return "\n".join(f"{now} {line}" for line in text.splitlines() or [""])


@contextmanager
def run_log(
    logs_dir: Path, run_id: str, screen: TextIO | None = None, *, is_verbose: bool = False
) -> Iterator[RunLog]:
    """Open the log of a run, readable by its owner only; `screen` is standard output by default."""
    logs_dir.mkdir(parents=True, exist_ok=True)
    path = logs_dir / f"{run_id}.jsonl"
    with contextlib.closing(PrivateFile(path, "a", LARGEST_FILE, OLDER_FILES)) as file:
        writer = logging.Logger(run_id)  # noqa: LOG001  (of this run, not one for all)
        writer.addHandler(file)
        logger = structlog.wrap_logger(
            writer,
            processors=[
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
                structlog.processors.EventRenamer("text"),
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
            wrapper_class=structlog.stdlib.BoundLogger,
        )
        yield RunLog(
            logger.bind(run_id=run_id), path, Screen(screen or sys.stdout, is_verbose=is_verbose)
        )
