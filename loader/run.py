"""A day's run: the steps in order, under the lock, on the record, with a log.

A run holds the lock from its first step to its last. Its number, its steps and how each ended
are written to schema ops as they happen; what it says goes to logs/<run id>.log as well.
"""

import secrets
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from types import FrameType

from psycopg2.extensions import connection as Connection  # noqa: N812

from loader import ops, server
from loader.errors import LoaderError
from loader.lock import run_lock
from loader.runlog import run_log
from loader.settings import Settings
from loader.steps import STEPS, Order, Run

NEED_NO_BATCH = {"generate", "load"}
# The build publishes at its end.
DAILY_STEPS = tuple(step for step in STEPS if step != "publish")


def new_run_id() -> str:
    """Return the UTC time and six random digits: ids sort by start and never meet."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def run(order: Order, settings: Settings) -> str:
    """Run the steps of an order and return the run's id.

    Raises:
        LoaderError: another run is at work, the date does not fit, or a step failed; the message
            names the step and the log.
    """
    steps = _ordered_steps(order)
    run_id, command = new_run_id(), " ".join(steps)
    with (
        _stoppable(),
        run_lock(settings, run_id, command) as lock_descriptor,
        closing(server.connect(settings)) as connection,
    ):
        ops.ensure_schema(connection)
        record = ops.RunRecord(connection, run_id)
        killed_runs = record.end_killed_runs()
        day = _logical_date(connection, order, steps)
        with run_log(settings.logs_dir, run_id) as log:
            for killed in killed_runs:
                log.line(f"run {killed} did not end in order; it is marked as failed", "yellow")
            record.start(day, command)
            this = Run(run_id, settings, order, day, log, connection, lock_descriptor)
            _run_steps(this, steps, record)
    return run_id


def _ordered_steps(order: Order) -> tuple[str, ...]:
    wanted = order.steps or DAILY_STEPS
    is_delivered = order.landing is not None
    steps = tuple(
        step for step in STEPS if step in wanted and not (is_delivered and step == "generate")
    )
    if not steps:
        raise LoaderError(
            f"the files in {order.landing} are delivered: there is nothing to generate"
        )
    return steps


def _logical_date(connection: Connection, order: Order, steps: tuple[str, ...]) -> date:
    """Return the date of the run: the one given, or today for a new batch, or the one in staging.

    Raises:
        LoaderError: the batch to load is older than the newest, or staging holds another batch.
    """
    if NEED_NO_BATCH & set(steps):
        day = order.day or datetime.now().astimezone().date()
        if "load" in steps:
            ops.refuse_wrong_batch(connection, day)
            return day
        if set(steps) <= NEED_NO_BATCH:
            return day
    staged = ops.batch_in_staging(connection)
    if staged is None:
        raise LoaderError("nothing was loaded yet; load a batch first")
    if order.day not in (None, staged.batch_date):
        raise LoaderError(
            f"staging holds the batch of {staged.batch_date}, not of {order.day}; load that one "
            "first, or leave out the date to work on the one that is there"
        )
    return staged.batch_date


def _run_steps(run: Run, steps: tuple[str, ...], record: ops.RunRecord) -> None:
    run.log.line(f"run {run.run_id} of {run.day}: {' '.join(steps)}", is_bold=True)
    for number, step in enumerate(steps, start=1):
        run.log.line(f"[{number}/{len(steps)}] {step}", "cyan", is_bold=True)
        with _recorded(run, step, record):
            started = time.monotonic()
            STEPS[step](run)
            record.end_step()
            run.log.line(f"{step} done in {time.monotonic() - started:.1f} s", "green")
    record.end()
    run.log.line(f"run {run.run_id} succeeded", "green", is_bold=True)


@contextmanager
def _recorded(run: Run, step: str, record: ops.RunRecord) -> Iterator[None]:
    """Record the step, and when it fails, the failure of step and run."""
    record.start_step(step)
    try:
        yield
    except Stopped as stopped:
        _fail(run, record, str(stopped))
        raise LoaderError(f"step {step}: {stopped}; see {run.log.path}") from None
    except LoaderError as error:
        _fail(run, record, str(error))
        raise LoaderError(f"step {step} failed: {error}\nsee {run.log.path}") from None
    except BaseException as error:
        _fail(run, record, f"bug: {type(error).__name__}")
        raise


def _fail(run: Run, record: ops.RunRecord, error: str) -> None:
    run.log.line(f"failed: {error}", "red", is_bold=True)
    try:
        record.end(error)
    except LoaderError as unrecorded:  # the database may be what failed
        run.log.line(str(unrecorded), "red")


class Stopped(BaseException):
    """Say that someone stopped the run; like KeyboardInterrupt, nothing else may catch it."""


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP stop the run in order; further ones are ignored meanwhile."""

    def stop(number: int, _frame: FrameType | None) -> None:
        for other in stopping:
            signal.signal(other, signal.SIG_IGN)
        raise Stopped(f"stopped by {signal.Signals(number).name}")

    # What is ignored already stays ignored: nohup relies on it.
    stopping: Sequence[signal.Signals] = [
        number
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is not signal.SIG_IGN
    ]
    before = {number: signal.signal(number, stop) for number in stopping}
    try:
        yield
    except Stopped as stopped:  # outside any step
        raise LoaderError(str(stopped)) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
