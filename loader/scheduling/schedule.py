"""The daily run by itself: which days are due, in order, and a process that waits for the hour."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from psycopg2.extensions import connection as Connection  # noqa: N812

from loader.config.settings import REPOSITORY, Settings
from loader.database import server
from loader.database.errors import database_errors
from loader.database.fetch import fetch_value, statements
from loader.database.retry import retry_transient
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.history.batches import batch_in_staging
from loader.monitoring import alerts
from loader.monitoring.checks import CRITICAL, Problem, newest_deadline, problems
from loader.monitoring.collect import collect
from loader.monitoring.prometheus import write_metrics

SQL = statements(Path(__file__).with_suffix(".sql"))

LOADER = (sys.executable, "-m", "loader")
WATCH_MINUTES = 15
STOP_SECONDS = 90


def _why_nothing(connection: Connection, due: date) -> str:
    """Return why no day is pending: the one that is due has run, or a later one was loaded."""
    staged = batch_in_staging(connection)
    if staged is None or staged.batch_date == due:
        return f"{due} has run"
    with connection.cursor() as cursor:
        cursor.execute("select exists (select from ops.loads where batch_date = %s)", (due,))
        was_loaded = fetch_value(cursor, bool)
    return (
        f"{due} was {'loaded' if was_loaded else 'never loaded'}, and the newest batch is of "
        f"{staged.batch_date}: dates never go back"
    )


def due_day(settings: Settings, now: datetime) -> date:
    """Return the newest day whose run should have started by now."""
    return newest_deadline(now, settings.schedule).date() - timedelta(days=settings.days_back)


def pending_days(connection: Connection, due: date) -> list[date]:
    """Return the days to run up to the one that is due, in order.

    The batch in staging is among them until what was loaded last was run to the end; a database
    without any batch begins with the day that is due.
    """
    ensure_schema(connection)
    staged = batch_in_staging(connection)
    if staged is None:
        return [due]
    with connection.cursor() as cursor:
        cursor.execute(SQL["is_done"], (staged.batch_date,))
        first = staged.batch_date + timedelta(days=fetch_value(cursor, bool))
    return [first + timedelta(days=ahead) for ahead in range((due - first).days + 1)]


@dataclass
class CatchUp:
    """Run the days that are pending, each as a program of its own, until one fails.

    `stop` ends the program at work in order, from another thread or a signal handler.
    """

    settings: Settings
    command: tuple[str, ...] = LOADER
    say: Callable[[str], None] = print
    is_stopping: threading.Event = field(default_factory=threading.Event)
    _process: subprocess.Popen[bytes] | None = None

    def run(self, due: date) -> bool:
        """Run what is pending up to a day and tell whether all of it succeeded."""
        server.USED.clear()  # one that was removed since the day before begins anew
        days = retry_transient(partial(self._pending, due))
        for day in days:
            if self.is_stopping.is_set():
                return False
            code = self._run_day(day)
            if code:
                left = len(days) - days.index(day) - 1
                self.say(f"the run of {day} failed; {left} later days wait for it")
                if not self.is_stopping.is_set():
                    self._tell(day, code)
                return False
        return True

    def stop(self) -> None:
        """End the run at work as a stop by hand would, and start no other."""
        self.is_stopping.set()
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def _pending(self, due: date) -> list[date]:
        """Return the days that are pending, and say why there is none."""
        with (
            closing(server.connect(self.settings)) as connection,
            database_errors("cannot tell which days are due"),
        ):
            days = pending_days(connection, due)
            if not days:
                self.say(f"nothing to do: {_why_nothing(connection, due)}")
        return days

    def _run_day(self, day: date) -> int:
        landing = self.settings.landing
        delivered = ("--landing", landing.replace("{date}", day.isoformat())) if landing else ()
        self._process = subprocess.Popen(
            (*self.command, "run", "--wait", "--date", day.isoformat(), *delivered),
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C reaches us alone, and we end the run in order
        )
        if self.is_stopping.is_set():  # the signal came while it was started
            self.stop()
        return self._process.wait()

    def _tell(self, day: date, code: int) -> None:
        """Send alerts about a run that failed; one that never came to be on record, too."""
        state = collect(self.settings)
        found = problems(state, self.settings)
        if not any(problem.severity == CRITICAL for problem in found):
            what = f"the run of {day} could not start"
            cause = f"it ended with exit code {code} and is not on record"
            found.append(Problem("start", CRITICAL, what, cause, f"make daily DATE={day}"))
        _alert(self, found)


def watch(catch_up: CatchUp) -> None:
    """Check the status, write the metrics and send alerts."""
    try:
        state = collect(catch_up.settings)
        found = problems(state, catch_up.settings)
        write_metrics(state, found, catch_up.settings)
    except (LoaderError, OSError) as error:
        catch_up.say(f"warning: the watch: {error}")
    else:
        _alert(catch_up, found)


def _alert(catch_up: CatchUp, found: list[Problem]) -> None:
    try:
        alerts.send(catch_up.settings, found, catch_up.settings.now())
    except LoaderError as error:
        catch_up.say(f"warning: {error}")


def wait_and_run(catch_up: CatchUp) -> None:
    """Catch up now, then run every day at its hour, until SIGTERM, SIGINT or SIGHUP.

    A run that is due while another works waits for it, and several that were missed are one.
    """
    settings = catch_up.settings
    scheduler = BackgroundScheduler(
        timezone=settings.zone,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )

    def due_run() -> None:
        try:
            catch_up.run(due_day(settings, settings.now()))
        except LoaderError as error:  # no database: tried again at the next hour, and watched
            catch_up.say(f"error: {error}")

    scheduler.add_job(due_run, daily_trigger(settings), id="daily", next_run_time=settings.now())
    scheduler.add_job(watch, IntervalTrigger(minutes=WATCH_MINUTES), (catch_up,), id="watch")
    stopped = threading.Event()

    def stop() -> None:
        catch_up.stop()
        stopped.set()

    on_signals(stop)
    scheduler.start()
    at = f"{settings.schedule:%H:%M} {settings.now():%Z}"
    catch_up.say(f"waiting: the run of {settings.days_back} days before starts every day at {at}")
    stopped.wait()
    scheduler.shutdown(wait=True)
    catch_up.say("stopped")


def daily_trigger(settings: Settings) -> CronTrigger:
    """Return the trigger of the daily run: its hour by the clock of the shop's zone."""
    return CronTrigger(
        hour=settings.schedule.hour, minute=settings.schedule.minute, timezone=settings.zone
    )


def on_signals(do: Callable[[], None]) -> None:
    """Do this where the process is asked to end, and go on."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: do())
