"""Programs that a run starts: watched, and gone when the run is gone."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 20
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """Name a program to run: its command line, folder and additional environment."""

    command: tuple[str, ...]
    folder: Path
    environment: dict[str, str]


def run_program(
    program: Program, write: Callable[[str], None], lock_descriptor: int | None = None
) -> int:
    """Run a program to its end, hand its output on line by line, and return its exit code.

    The program inherits the lock, so a second run stays out until it is gone, and is killed by
    the system when this process dies.
    """
    with _started(program, lock_descriptor) as process:
        for line in process.stdout or ():
            write(line.rstrip())
        return process.wait()


@contextmanager
def _started(program: Program, lock_descriptor: int | None) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        program.command,
        cwd=program.folder,
        env=os.environ | program.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        umask=0o077,  # dbt's own log may quote a row
        pass_fds=() if lock_descriptor is None else (lock_descriptor,),
        process_group=0,  # Ctrl-C reaches us alone, and we end the program in order
        preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509  (no threads here)
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            _stop(process)
        if process.stdout:
            process.stdout.close()


def die_with_parent(parent: int) -> Callable[[], None]:
    """Return what a new process has to call to be killed by the system when its parent dies."""

    def ask_for_it() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return ask_for_it


def _stop(process: subprocess.Popen[str]) -> None:
    """End a program: an interrupt first, on which dbt cancels its statements, then by force."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
