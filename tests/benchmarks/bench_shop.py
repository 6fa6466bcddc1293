"""What the benchmarks share: a sample shop of a size, timed programs, their memory, psql."""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from loader.config.settings import REPOSITORY, Settings
from loader.database import server
from loader.database.embedded.cluster import Cluster
from loader.database.fetch import Row
from loader.dbt.program import DBT

ROOT = Path(os.environ.get("BENCH_ROOT") or REPOSITORY / "build" / "bench").resolve()
FIRST_DAY = date(2026, 9, 10)
SHORT, LONG = 90, 900  # days of history: the same days and sales, ten times as many

os.environ["SHOP_ALLOW_FUTURE_DATES"] = "yes"  # the days are simulated


@dataclass(frozen=True)
class Size:
    """Say how large a sample shop is: items of LONG days of history, and what brings them."""

    name: str
    items: float
    orders_per_day: int
    customers: int
    products: int
    repeats: int

    @property
    def options(self) -> list[str]:
        """Return the generator's options; without growth, so that one day is as long as another."""
        settings = {
            "demand.growth_pct_per_year": 0,
            "shop.orders_per_day": self.orders_per_day,
            "shop.customers_at_opening": self.customers,
            "shop.new_customers_per_day": round(self.customers / 1000, 1),
            "shop.products_at_opening": self.products,
            "shop.new_products_per_day": round(self.products / 4000, 2),
        }
        return [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]


SIZES = {
    "small": Size("small", 0.1e6, 37, 3_000, 500, 5),
    "default": Size("default", 1.5e6, 540, 20_000, 2_000, 3),
    "large": Size("large", 10e6, 3_600, 60_000, 8_000, 3),
}


@dataclass(frozen=True)
class Timed:
    """Hold how long a program ran, and the most memory of each process that it started, in MB."""

    seconds: float
    peaks: dict[str, float]
    output: str


def timed(command: Sequence[str], environment: dict[str, str], folder: Path = REPOSITORY) -> Timed:
    """Run a program and watch the memory of its processes.

    Raises:
        RuntimeError: it failed.
    """
    peaks: dict[str, float] = {}
    has_ended = threading.Event()
    started = time.monotonic()
    log = ROOT / "output.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT, env=os.environ | environment, cwd=folder
        )
        watch = threading.Thread(target=_watch, args=(process.pid, has_ended, peaks))
        watch.start()
        process.wait()
        seconds = time.monotonic() - started
        has_ended.set()
        watch.join()
    output = log.read_text(errors="replace")
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{output[-3000:]}")
    return Timed(seconds, peaks, output)


def _watch(pid: int, has_ended: threading.Event, peaks: dict[str, float]) -> None:
    """Keep the most memory of a program's processes, looked at ten times a second."""
    while not has_ended.wait(0.1):
        for member in _family(pid):
            name, peak = _memory(member)
            peaks[name] = max(peaks.get(name, 0), peak)


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(member for child in children for member in _family(int(child)))]


def _memory(pid: int) -> tuple[str, float]:
    """Return a process's program and the most memory of its own that it has had, in MB."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return "gone", 0
    program = next((word for word in words if word.startswith(("loader", "dbt."))), words[0])
    peak = next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
    return Path(program).name or "gone", peak / 1024


@dataclass(frozen=True)
class Shop:
    """Hold a sample shop in a folder and on a server of its own (or on the one PGHOST names)."""

    size: Size
    history: int
    purpose: str = "days"

    @property
    def settings(self) -> Settings:
        """Return the shop's folder."""
        purpose = "" if self.purpose == "days" else f"_{self.purpose}"
        return Settings(root=ROOT / f"{self.size.name}_{self.history}{purpose}")

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that lead programs there."""
        root = self.settings.root
        return {
            "SHOP_ROOT": str(root),
            "DBT_TARGET_PATH": str(root / "target"),
            "DBT_LOG_PATH": str(root / "dbt_logs"),
        }

    def batch(self, number: int) -> Path:
        """Return the folder of a batch, made if it is not there: 0 is the history, 1 a day, ..."""
        day = self.day(number)
        which = f"history_{self.history}" if number == 0 else "days"
        parent = ROOT / self.size.name / which
        if not (parent / day / "manifest.json").exists():
            history = ["--history", f"{self.history}d"] if number == 0 else []
            self.loader("generate", "--date", day, "--landing", str(parent), *history,
                        *self.size.options)  # fmt: skip
        return parent / day

    @staticmethod
    def day(number: int) -> str:
        """Return the date of a batch."""
        return (FIRST_DAY + timedelta(number)).isoformat()

    def loader(self, *arguments: str) -> Timed:
        """Run a command of ours."""
        ROOT.mkdir(parents=True, exist_ok=True)
        self.settings.root.mkdir(exist_ok=True)
        return timed([sys.executable, "-m", "loader", *arguments], self.environment)

    def run(self, number: int, *steps: str) -> Timed:
        """Take a batch through steps of a run."""
        landing = ["--date", self.day(number), "--landing", str(self.batch(number))]
        return self.loader("run", *steps, *landing)

    def psql(self, statements: str) -> Timed:
        """Run statements with psql."""
        script = ROOT / "statements.sql"
        script.write_text(statements)
        program = str(Cluster(self.settings.server_dir).program("psql"))
        command = [program, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(script)]
        return timed(command, server.dbt_environment(self.settings))

    def dbt(self, *arguments: str) -> Timed:
        """Run a command of dbt's."""
        project = REPOSITORY / "dbt_project"
        variables = server.dbt_environment(self.settings) | self.environment
        variables |= {"DBT_PROFILES_DIR": str(project)}
        return timed([*DBT, *arguments], variables, project)

    def query_autocommit(self, statement: str) -> None:
        """Execute a statement that cannot stand in a transaction."""
        with closing(server.connect(self.settings)) as connection, connection.cursor() as cursor:
            connection.rollback()
            connection.autocommit = True
            cursor.execute(statement)

    def query(self, statement: str) -> list[Row]:
        """Return the rows of a query."""
        with closing(server.connect(self.settings)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def ask(self, statement: str) -> float:
        """Return how long a query takes until its last row is here, in seconds."""
        with closing(server.connect(self.settings)) as connection, connection.cursor() as cursor:
            started = time.monotonic()
            cursor.execute(statement)
            cursor.fetchall()
            return time.monotonic() - started

    def make(self) -> dict[str, object]:
        """Load and build the history if that is not done; return what it took."""
        done = self.settings.root / "made.json"
        if done.exists():
            earlier: dict[str, object] = json.loads(done.read_text())
            return earlier
        self.batch(0)
        load = self.run(0, "load")
        build = self.run(0, "build")
        rows = self.query("select count(*) from mart.fct_sales")[0][0]
        made = {"load": load.seconds, "build": build.seconds, "items": rows,
                "peaks": _most(load.peaks, build.peaks)}  # fmt: skip
        done.write_text(json.dumps(made))
        return made


def _most(*found: dict[str, float]) -> dict[str, float]:
    return {name: max(peaks.get(name, 0) for peaks in found) for peaks in found for name in peaks}


def pairs(repeats: int, *measured: Callable[[], float]) -> list[list[float]]:
    """Measure one after the other, again and again; return the seconds of each."""
    found: list[list[float]] = [[] for _ in measured]
    for _ in range(repeats):
        for seconds, measure in zip(found, measured, strict=True):
            seconds.append(measure())
    return found


def ratio(ours: Sequence[float], limit: Sequence[float]) -> str:
    """Return the median of the pairs' ratios, the least and the greatest."""
    ratios = sorted(one / other for one, other in zip(ours, limit, strict=True))
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
