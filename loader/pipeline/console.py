"""What a run shows to whoever watches: little and readable on a terminal, plain lines elsewhere."""

import contextlib
import io
import os
from collections import deque
from collections.abc import Iterator
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

REMEMBERED = 25  # hidden lines that are shown when a program has failed


class Screen:
    """Show lines: styled, with a bar for the step at work, or each with its time.

    Colours follow NO_COLOR and TERM. Details are shown when `is_verbose`, else kept for a failure.
    """

    def __init__(self, stream: TextIO, *, is_verbose: bool = False) -> None:
        self._stream = stream
        self._is_verbose = is_verbose
        self._hidden: deque[tuple[str, str]] = deque(maxlen=REMEMBERED)
        self._console = Console(file=stream, highlight=False, emoji=False, markup=False)
        self.is_terminal = self._console.is_terminal
        self._bar: Progress | None = None

    def show(self, text: str, stamped: str, style: str = "") -> None:
        """Show a line; where there is no terminal, the one with the time."""
        with self._unless_nobody_watches():
            if self.is_terminal:
                self._console.print(Text(text, style), soft_wrap=True)
            else:
                print(stamped, file=self._stream, flush=True)

    def detail(self, text: str, stamped: str, *, is_kept: bool) -> None:
        """Show a line of a program's output, or keep it until the program fails."""
        if self._is_verbose:
            self.show(f"    {text}", stamped, "dim")
        elif is_kept:
            self._hidden.append((text, stamped))

    def reveal(self) -> None:
        """Show the details that were kept last."""
        while self._hidden:
            text, stamped = self._hidden.popleft()
            self.show(f"    {text}", stamped, "dim")

    def progress(self, done: int, total: int) -> None:
        """Move the bar of the step at work."""
        if self._bar:
            with self._unless_nobody_watches():
                self._bar.update(self._bar.task_ids[0], completed=done, total=total, refresh=True)

    @contextlib.contextmanager
    def bar(self, step: str) -> Iterator[None]:
        """Show on a terminal that a step is at work; the bar is gone when it is done.

        It moves with what the step says, not by a thread: programs are started meanwhile, and a
        process with threads must not run Python in a child.
        """
        self._hidden.clear()
        if not self.is_terminal:
            yield
            return
        columns = (
            SpinnerColumn("line"),
            TextColumn("{task.description}"),
            BarColumn(30),
            TimeElapsedColumn(),
        )
        self._bar = Progress(*columns, console=self._console, transient=True, auto_refresh=False)
        self._bar.add_task(step, total=None)
        with self._unless_nobody_watches():
            self._bar.start()
        try:
            yield
        finally:
            with self._unless_nobody_watches():
                self._bar.stop()
            self._bar = None

    @contextlib.contextmanager
    def _unless_nobody_watches(self) -> Iterator[None]:
        """Go on when the pipe or terminal is gone: the run and its log do not need it."""
        try:
            yield
        except (OSError, SystemExit):  # rich leaves the program on a broken pipe
            self._console = Console(file=io.StringIO())
            self.is_terminal = False
            nothing = os.open(os.devnull, os.O_WRONLY)
            with contextlib.suppress(OSError, ValueError):
                os.dup2(nothing, self._stream.fileno())
            os.close(nothing)
