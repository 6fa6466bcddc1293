"""What a run says: to its log file, and to whoever watches."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import click

ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class RunLog:
    """Write lines with a UTC time to a file, and show them; without the time on a terminal."""

    def __init__(self, file: TextIO, path: Path, screen: TextIO) -> None:
        self._file = file
        self._screen = screen
        self.path = path
        self.is_terminal = screen.isatty()
        self.is_coloured = self.is_terminal and not os.environ.get("NO_COLOR")

    def line(self, text: str, colour: str | None = None, *, is_bold: bool = False) -> None:
        """Write one line of our own."""
        stamped = self._keep(text)
        shown = text if self.is_terminal else stamped
        if self.is_coloured:
            shown = click.style(shown, fg=colour, bold=is_bold or None)
        self._show(shown)

    def detail(self, text: str) -> None:
        """Write one line of a program's output; on a terminal it stands back."""
        stamped = self._keep(text)
        shown = f"    {text}" if self.is_terminal else stamped
        self._show(click.style(shown, dim=True) if self.is_coloured else shown)

    def _keep(self, text: str) -> str:
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        stamped = "\n".join(f"{now} {line}" for line in ESCAPES.sub("", text).splitlines() or [""])
        self._file.write(f"{stamped}\n")
        self._file.flush()
        return stamped

    def _show(self, text: str) -> None:
        try:
            print(text, file=self._screen, flush=True)
        except BrokenPipeError:  # nobody watches any more: the run and its log go on
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._screen.fileno())


@contextmanager
def run_log(logs_dir: Path, run_id: str, screen: TextIO | None = None) -> Iterator[RunLog]:
    """Open the log of a run, readable by its owner only; `screen` is standard output by default."""
    logs_dir.mkdir(parents=True, exist_ok=True)
    path = logs_dir / f"{run_id}.log"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with open(descriptor, "a", encoding="utf-8") as file:  # noqa: PTH123
        yield RunLog(file, path, screen or sys.stdout)
