"""The steps of a run, each of which can be run alone."""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812

from loader import ops, server
from loader.child import Program, run_program
from loader.errors import LoaderError
from loader.export import export
from loader.generate import HISTORY_DAYS, MANIFEST, Batch, generate
from loader.load import counted, load
from loader.login import dbt_login
from loader.report import lines, report
from loader.runlog import RunLog
from loader.settings import Settings

# Python warns of nothing that matters when dbt's own module is run.
DBT = (sys.executable, "-W", "ignore::RuntimeWarning:runpy", "-m", "dbt.cli.main")
DBT_CLOCK = re.compile(r"^\d\d:\d\d:\d\d\s*")
DBT_NOISE = re.compile(r"^\d+ of \d+ (START|SKIP) ")


@dataclass(frozen=True)
class Order:
    """Say what to run: the steps (none: all), for which date, and where files are delivered."""

    steps: tuple[str, ...] = ()
    day: date | None = None
    landing: Path | None = None
    dbt: tuple[str, ...] = DBT


@dataclass
class Run:
    """Hold what the steps of a run need."""

    run_id: str
    settings: Settings
    order: Order
    day: date
    log: RunLog
    connection: Connection
    lock_descriptor: int

    @property
    def landing(self) -> Path:
        """Return the folder of the batch's files."""
        return self.order.landing or self.settings.landing_dir / self.day.isoformat()


def _generate(run: Run) -> None:
    before = ops.newest_batch_before(run.connection, run.day)
    batch = (
        Batch(run.day, (run.day - before).days)
        if before
        else Batch(run.day, HISTORY_DAYS, is_first=True)
    )
    if before and not (run.settings.landing_dir / before.isoformat() / MANIFEST).exists():
        run.log.line(
            f"warning: the batch of {before} was not generated here; the made-up shop's customers "
            "and products are others, and equal ids replace each other",
            "yellow",
        )
    run.log.line(f"wrote {generate(run.settings.landing_dir, batch)}")


def _load(run: Run) -> None:
    result = load(run.landing, run.day, run.settings, run.run_id)
    for warning in result.warnings:
        run.log.line(f"warning: {warning}", "yellow")
    for scan in result.files:
        run.log.line(counted(scan))


def _build(run: Run) -> None:
    # Unit tests check code, not data: `dbt build` typed by hand runs them, and so does CI.
    _dbt(run, "build", "--exclude-resource-type", "unit_test")


def _publish(run: Run) -> None:
    _dbt(run, "run-operation", "publish")


def _dbt(run: Run, *arguments: str) -> None:
    environment = (
        server.dbt_environment(run.settings)
        | dbt_login()
        | {
            "SHOP_RUN_ID": run.run_id,
            "DBT_PROFILES_DIR": str(run.settings.dbt_dir),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_USE_COLORS": "false",
            "PYTHONUNBUFFERED": "1",
        }
    )
    program = Program((*run.order.dbt, *arguments), run.settings.dbt_dir, environment)

    def write(line: str) -> None:
        text = DBT_CLOCK.sub("", line)  # the log has a clock of its own
        if text and not DBT_NOISE.match(text):  # dbt's own log says what started or was skipped
            run.log.detail(text)

    code = run_program(program, run.lock_descriptor, write)
    if code:
        ended = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        raise LoaderError(f"dbt {arguments[0]} {ended}")


def _export(run: Run) -> None:
    result = export(run.settings)
    run.log.line(f"{len(result.rows)} files in {run.settings.exports_dir}")
    for name in result.removed:
        run.log.line(f"removed {name}: its relation is no longer in the mart")


def _report(run: Run) -> None:
    for line in lines(report(run.settings, run.day, run.run_id)):
        run.log.line(line)


STEPS: dict[str, Callable[[Run], None]] = {
    "generate": _generate,
    "load": _load,
    "build": _build,
    "publish": _publish,
    "export": _export,
    "report": _report,
}
