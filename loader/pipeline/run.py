"""A day's run: the steps in order, under the lock, on the record, with a log.

A run holds the lock from its first step to its last. Its number, its steps and how each ended
are written to schema ops as they happen; what it says goes to logs/<run id>.jsonl as well.
"""

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from datetime import date
from functools import partial
from types import FrameType

from psycopg2.extensions import connection as Connection  # noqa: N812
from tenacity import RetryCallState

from loader.config.settings import Settings
from loader.database import server
from loader.database.retry import retry_transient
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.history.batches import batch_in_staging, refuse_during_revert, refuse_wrong_batch
from loader.history.lock import new_run_id, run_lock
from loader.history.runs import RunRecord, one_line
from loader.ingest.csv.limits import refuse_future_date
from loader.pipeline.context import Order, Run
from loader.pipeline.hooks import run_post_hooks
from loader.pipeline.log import run_log
from loader.pipeline.steps import STEPS

NEED_NO_BATCH = {"generate", "load"}
# The build publishes at its end; its tests look at what changed, and an audit at everything.
DAILY_STEPS = tuple(step for step in STEPS if step not in ("publish", "audit"))


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
        run_lock(
            settings, run_id, command, wait_minutes=settings.lock_wait * order.is_waiting
        ) as lock,
        closing(RunRecord(partial(server.connect, settings), run_id)) as record,
    ):
        record.ask(ensure_schema)
        if not order.is_replay:
            record.ask(refuse_during_revert)
        killed_runs = record.end_killed_runs()
        day = record.ask(partial(_logical_date, settings=settings, order=order, steps=steps))
        with run_log(settings.logs_dir, run_id, is_verbose=order.is_verbose) as log:
            for killed in killed_runs:
                log.line(f"run {killed} did not end in order; it is marked as failed", "yellow")
            record.start(day, command)
            this = Run(run_id, settings, order, day, log, record, lock)
            try:
                _run_steps(this, steps)
            finally:
                run_post_hooks(this)
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


def _logical_date(
    connection: Connection, settings: Settings, order: Order, steps: tuple[str, ...]
) -> date:
    """Return the date of the run: the one given, or today for a new batch, or the one in staging.

    Raises:
        LoaderError: the batch to load is older than the newest or of a day to come, or staging
            holds another batch.
    """
    if NEED_NO_BATCH & set(steps):
        day = order.day or settings.now().date()
        if "load" in steps:
            if not order.is_replay:
                refuse_future_date(day)
            refuse_wrong_batch(connection, day)
            return day
        if set(steps) <= NEED_NO_BATCH:
            return day
    staged = batch_in_staging(connection)
    if staged is None:
        raise LoaderError("nothing was loaded yet; load a batch first")
    if order.day not in (None, staged.batch_date):
        raise LoaderError(
            f"staging holds the batch of {staged.batch_date}, not of {order.day}; load that one "
            "first, or leave out the date to work on the one that is there"
        )
    return staged.batch_date


def _run_steps(run: Run, steps: tuple[str, ...]) -> None:
    run.log.line(f"run {run.run_id} of {run.day}: {' '.join(steps)}", is_bold=True)
    with _recorded(run):
        for number, step in enumerate(steps, start=1):
            run.step = step
            run.log.line(f"[{number}/{len(steps)}] {step}", "cyan", is_bold=True)
            run.attempt = 0
            retry_transient(partial(_attempt, run), before_sleep=partial(_tell, run))
        run.record.end()
    run.log.line(f"run {run.run_id} succeeded", "green", is_bold=True)


def _attempt(run: Run) -> None:
    """Make one attempt at the step of a run."""
    run.attempt += 1
    run.lock.renew()
    run.record.start_step(run.step, run.attempt)
    started = time.monotonic()
    with run.log.step(run.step, run.attempt):
        rows = STEPS[run.step](run)
        seconds = round(time.monotonic() - started, 1)
        run.record.end_step(rows=rows)
        run.log.line(
            f"{run.step} done in {seconds} s",
            "green",
            seconds=seconds,
            **(asdict(rows) if rows else {}),
        )


def _tell(run: Run, state: RetryCallState) -> None:
    """Say that a step failed and is tried again, on the record where the database allows it."""
    error = str(state.outcome.exception()) if state.outcome else ""
    wait = state.next_action.sleep if state.next_action else 0
    run.log.line(
        f"{run.step} failed: {one_line(error)}; it is tried again in {wait:.1f} s",
        "yellow",
        attempt=run.attempt,
    )
    with suppress(LoaderError):
        run.record.end_step(error)


@contextmanager
def _recorded(run: Run) -> Iterator[None]:
    """Record the failure of the run and of the step at work, whatever it is."""
    try:
        yield
    except Stopped as stopped:
        _fail(run, str(stopped))
        raise LoaderError(f"step {run.step}: {stopped}; see {run.log.path}") from None
    except LoaderError as error:
        _fail(run, str(error))
        raise LoaderError(f"step {run.step} failed: {error}\nsee {run.log.path}") from None
    except BaseException as error:
        _fail(run, f"bug: {type(error).__name__}")
        raise


def _fail(run: Run, error: str) -> None:
    run.log.line(f"failed: {error}", "red", is_bold=True, failed_step=run.step)
    try:
        run.record.end(error)
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
