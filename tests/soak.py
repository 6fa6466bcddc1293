"""Kill a run anywhere, fill the disk, read while it publishes: `make soak` prints what came of it.

Everything happens on an embedded server of its own in a temporary folder. The state that is
compared is a hash of every table of production, quarantine, snapshots and mart, of the batch's
counts and warnings, and of the exported files. It ends with 1 when anything was not as it must be.
"""

import contextlib
import hashlib
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import psutil
import psycopg2
from days import (
    a_customer,
    a_product,
    a_transaction,
    an_item,
    everything,
    execute,
    fingerprint,
    query,
    write_batch,
)

from loader import server
from loader.cluster import Cluster
from loader.settings import REPOSITORY, Settings

DAYS = ("2025-03-01", "2025-03-02", "2025-03-03")
VICTIMS = ("tree", "wrapper", "dbt", "server")
PUBLICATIONS = 10
RECORD = ("ops.runs", "ops.steps", "ops.table_sizes")
TOTALS = (
    "select (select sum(revenue_amount) from mart.fct_sales),"
    " (select sum(total_revenue) from mart.agg_daily_sales),"
    " (select sum(total_spent) from mart.agg_customer_metrics),"
    " (select sum(total_revenue) from mart.rpt_monthly_trend)"
)
TOLD_IN = {
    "fct_sales": "revenue_amount",
    "agg_daily_sales": "total_revenue",
    "agg_customer_metrics": "total_spent",
    "rpt_monthly_trend": "total_revenue",
}


@dataclass
class Soak:
    """Hold the shop that is ill-treated, and what was found wrong."""

    settings: Settings
    batches: dict[str, Path]
    points: int
    faults: list[str] = field(default_factory=list)

    def expect(self, holds: bool, fault: str) -> str:
        """Note a fault unless something holds, and return a word for the table."""
        if not holds:
            self.faults.append(fault)
        return "yes" if holds else "NO"


def loader(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "loader", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=REPOSITORY,
        start_new_session=True,
    )


def done(*arguments: str) -> tuple[int, str]:
    process = loader(*arguments)
    output, _ = process.communicate()
    return process.returncode, output


def day_run(soak: Soak, day: str) -> tuple[str, ...]:
    steps = ("load", "build", "export")
    return ("run", *steps, "--date", day, "--landing", str(soak.batches[day]))


def state(soak: Soak) -> dict[str, object]:
    """Return everything that must be the same whatever happened on the way."""
    found: dict[str, object] = dict(everything())
    ops = fingerprint("ops")
    found |= {table: ops[table] for table in ("ops.batch_counts", "ops.row_warnings")}
    for path in sorted(soak.settings.exports_dir.glob("*.csv")):
        found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


@contextmanager
def a_soak(points: int) -> Iterator[Soak]:
    """Yield a shop whose first day has run, on a server of its own."""
    root = Path(tempfile.mkdtemp(prefix="soak-"))
    os.environ |= {
        "SHOP_ROOT": str(root),
        "DBT_TARGET_PATH": str(root / "target"),
        "DBT_LOG_PATH": str(root / "dbt_logs"),
    }
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
    settings = Settings(root=root)
    connect_to(settings)
    batches = {day: batch(root, number, day) for number, day in enumerate(DAYS)}
    soak = Soak(settings, batches, points)
    try:
        code, output = done(*day_run(soak, DAYS[0]))
        assert code == 0, output
        keep_first_day(soak)
        yield soak
    finally:
        os.environ.pop("PGHOST", None)
        server.stop(settings)
        shutil.rmtree(root)


def connect_to(settings: Settings) -> None:
    """Let the helpers of the tests reach the embedded server, and no other program."""
    os.environ.pop("PGHOST", None)
    found = server.dbt_environment(settings)
    os.environ |= {"PGDATABASE": found["PGDATABASE"]}
    import days  # noqa: PLC0415

    days.connect = lambda: psycopg2.connect(
        host=found["PGHOST"], port=found["PGPORT"], user=found["PGUSER"], dbname=found["PGDATABASE"]
    )


def batch(root: Path, number: int, day: str) -> Path:
    """Write a batch of a few hundred rows, with moves, corrections and rejects."""
    rng = random.Random(number)  # noqa: S311
    first = number * 400
    items = [
        an_item(first + n, first + n % 200, product_id=f"PROD{rng.randrange(1, 22):04}")
        for n in range(400)
    ]
    folder = write_batch(
        root / "in" / day,
        customers=[
            a_customer(n, city=rng.choice(["Pune", "Delhi"])) for n in range(1, 60 + number)
        ],
        products=[a_product(n, cost=f"{rng.randrange(20, 90)}.00") for n in range(1, 21)],
        transactions=[
            a_transaction(first + n, day, customer_id=f"CUST{rng.randrange(1, 62):04}")
            for n in range(200)
        ],
        transaction_items=items,
    )
    with (folder / "products.csv").open("a") as file:
        file.write("a line that is no record\n")
    return folder


def maintain(soak: Soak, *statements: str) -> None:
    parameters = server.connection_parameters(soak.settings) | {"dbname": "postgres"}
    with closing(psycopg2.connect(**parameters)) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


def keep_first_day(soak: Soak) -> None:
    maintain(soak, "create database first_day template shop")
    for name in ("exports", "archive"):
        shutil.copytree(soak.settings.root / name, soak.settings.root / f"{name}.kept")


def reset(soak: Soak) -> None:
    """Put the shop back to where its first day left it."""
    maintain(
        soak,
        "drop database if exists shop with (force)",
        "create database shop template first_day",
    )
    for name in ("exports", "archive"):
        shutil.rmtree(soak.settings.root / name, ignore_errors=True)
        shutil.copytree(soak.settings.root / f"{name}.kept", soak.settings.root / name)


def kill(soak: Soak, victim: str, wrapper: subprocess.Popen[str]) -> str:
    """Kill a part of the run, and return what it was doing."""
    doing = step_at_work()
    with contextlib.suppress(psutil.NoSuchProcess):
        if victim == "server":
            running = Cluster(soak.settings.server_dir).postmaster()
            os.kill(running.process_id, signal.SIGKILL)
        elif victim == "wrapper":
            wrapper.kill()
        else:
            children = psutil.Process(wrapper.pid).children(recursive=True)
            if victim == "dbt" and not children:
                victim = "tree"
            for child in children:
                child.kill()
            if victim == "tree":
                wrapper.kill()
    wrapper.communicate()
    return doing


def step_at_work() -> str:
    with contextlib.suppress(psycopg2.Error):
        running = query("select step from ops.steps where status = 'running'")
        return running[0][0] if running else "between steps"
    return "start"


def again(soak: Soak, day: str) -> tuple[int, str]:
    """Run a day again, waiting for what a killed run's programs may still hold."""
    for _ in range(20):
        code, output = done(*day_run(soak, day))
        if "still works" not in output:
            break
        time.sleep(1)
    return code, output


def kill_matrix(soak: Soak) -> None:
    """Kill a run at points spread over its time, run it again, and compare."""
    points = soak.points
    reset(soak)
    started = time.monotonic()
    code, output = done(*day_run(soak, DAYS[1]))
    seconds = time.monotonic() - started
    assert code == 0, output
    expected = state(soak)
    click.echo(f"\nUndisturbed: {len(expected)} tables and files, {seconds:.0f} s.\n")
    click.echo("| killed | after | while | run again | state |\n|---|---|---|---|---|")
    for number in range(points):
        victim = VICTIMS[number % len(VICTIMS)]
        delay = seconds * (number + 0.5) / points
        reset(soak)
        wrapper = loader(*day_run(soak, DAYS[1]))
        with contextlib.suppress(subprocess.TimeoutExpired):
            wrapper.wait(delay)
        doing = kill(soak, victim, wrapper)
        code, output = again(soak, DAYS[1])
        ended = soak.expect(code == 0, f"{victim} at {delay:.1f} s: {output[-2000:]}")
        same = state(soak) == expected
        identical = soak.expect(same, f"{victim} at {delay:.1f} s: another state")
        click.echo(
            f"| {victim} | {delay:.1f} s | {doing} | succeeded: {ended} | identical: {identical} |",
        )


def dates(soak: Soak) -> None:
    """Run a day again, an older one, two at once, with a full refresh, and from the archive."""
    click.echo("\n| what | outcome |\n|---|---|")
    reset(soak)
    done(*day_run(soak, DAYS[1]))
    expected = state(soak)
    done(*day_run(soak, DAYS[1]))
    row(soak, "the same date again", state(soak) == expected, "identical")
    code, output = done(*day_run(soak, DAYS[0]))
    is_refused = code == 1 and "is older than the newest one" in output
    row(soak, "an older date", is_refused and state(soak) == expected, "refused, identical")
    first = loader(*day_run(soak, DAYS[1]))
    time.sleep(3)
    code, output = done(*day_run(soak, DAYS[1]))
    first.communicate()
    is_named = code == 1 and "another run is at work: run " in output
    is_fine = is_named and first.returncode == 0 and state(soak) == expected
    row(soak, "two runs at once", is_fine, "one works, the other names it")
    os.environ["DBT_FULL_REFRESH"] = "true"
    done("run", "build", "export")
    del os.environ["DBT_FULL_REFRESH"]
    row(soak, "`--full-refresh`", state(soak) == expected, "identical")
    maintain(soak, "drop database shop with (force)", "create database shop")
    code, output = done("replay")
    row(soak, "replay into an empty database", code == 0 and state(soak) == expected, "identical")


def row(soak: Soak, what: str, holds: bool, outcome: str) -> None:
    click.echo(f"| {what} | {outcome}: {soak.expect(holds, what)} |")


@dataclass
class Reader:
    """Read the mart in one way, without a pause, until told to stop."""

    name: str
    read: Callable[[psycopg2.extensions.connection], set[tuple]]
    seen: set[tuple] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        import days  # noqa: PLC0415

        try:
            with closing(days.connect()) as connection:
                while not self.stop.is_set():
                    started = time.monotonic()
                    self.seen |= self.read(connection)
                    self.waits.append(time.monotonic() - started)
        except psycopg2.Error as error:
            self.errors.append(str(error))


def one_statement(connection: psycopg2.extensions.connection) -> set[tuple]:
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(TOTALS)
    return set(cursor.fetchall())


def statement_by_statement(connection: psycopg2.extensions.connection, pause: float = 0) -> set:
    """Read table by table in one repeatable-read transaction."""
    connection.set_session(isolation_level="REPEATABLE READ")
    found = []
    with connection, connection.cursor() as cursor:
        for table, column in TOLD_IN.items():
            cursor.execute(f"select sum({column}) from mart.{table}")
            found.append(cursor.fetchone()[0])
            time.sleep(pause)
    return {tuple(found)}


def readers(soak: Soak) -> None:
    """Publish ten times while three kinds of readers read."""
    kinds = [
        Reader("read committed, one statement", one_statement),
        Reader("repeatable read, table by table", statement_by_statement),
        Reader(
            "long transaction, repeatable read",
            lambda connection: statement_by_statement(connection, 0.5),
        ),
    ]
    threads = [threading.Thread(target=reader.work) for reader in kinds]
    for thread in threads:
        thread.start()
    for number in range(PUBLICATIONS):
        factor = "2" if number % 2 == 0 else "0.5"
        execute(
            ";".join(
                f"update mart_build.{table} set {column} = {column} * {factor}"
                for table, column in TOLD_IN.items()
            )
        )
        code, output = done("run", "publish")
        soak.expect(code == 0, f"publication: {output[-1500:]}")
    for reader in kinds:
        reader.stop.set()
    for thread in threads:
        thread.join()
    click.echo(f"\n{PUBLICATIONS} publications:\n")
    click.echo(
        "| reader | reads | inconsistent | empty | longest | median |\n|---|---|---|---|---|---|"
    )
    for reader in kinds:
        wrong = sum(len(set(totals)) > 1 for totals in reader.seen)
        empty = sum(None in totals for totals in reader.seen)
        soak.expect(not (wrong or empty or reader.errors), f"{reader.name}: {reader.errors}")
        longest, usual = max(reader.waits), statistics.median(reader.waits)
        click.echo(
            f"| {reader.name} | {len(reader.waits):,} | {wrong} | {empty} "
            f"| {longest * 1000:.0f} ms | {usual * 1000:.1f} ms |",
        )
    soak.expect(sum(len(reader.waits) for reader in kinds) >= 1000, "fewer than 1,000 reads")


def disk_full(soak: Soak) -> None:
    """Load and build on a disk without room, make room, and do the same again."""
    click.echo("\n| disk full | message | before intact | again |\n|---|---|---|---|")
    disk = Path(tempfile.mkdtemp(prefix="soak-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=160m,mode=0700", "tmpfs", str(disk)], check=False
    )
    if mounted.returncode:
        click.echo("| (needs root, to mount a small disk) | | | |")
        disk.rmdir()
        return
    try:
        place = disk / "space"
        place.mkdir(mode=0o700)
        maintain(soak, f"create tablespace small location '{place}'")
        for step in ("load", "build"):
            fill_and_free(soak, step, disk)
        maintain(soak, "drop database shop with (force)", "drop tablespace small")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
        disk.rmdir()


def fill_and_free(soak: Soak, step: str, disk: Path) -> None:
    reset(soak)
    maintain(
        soak,
        "drop database shop with (force)",
        "create database shop template first_day tablespace small",
    )
    if step == "build":
        done(*("run", "load", "--date", DAYS[1], "--landing", str(soak.batches[DAYS[1]])))
    before = fingerprint("mart", "staging", "ops") if step == "load" else fingerprint("mart")
    before = {name: found for name, found in before.items() if name not in RECORD}
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(b"\0" * 8192):
            pass
    landing = ("--landing", str(soak.batches[DAYS[1]])) if step == "load" else ()
    code, output = done("run", step, "--date", DAYS[1], *landing)
    after = fingerprint("mart", "staging", "ops") if step == "load" else fingerprint("mart")
    is_told = soak.expect(code == 1 and "No space left" in output, f"{step}: {output[-1500:]}")
    is_intact = {name: after[name] for name in before} == before
    intact = soak.expect(is_intact, f"{step}: what was there has changed")
    ballast.unlink()
    code, output = done(*day_run(soak, DAYS[1]))
    is_whole = soak.expect(code == 0, f"{step} again: {output[-1500:]}")
    click.echo(f"| {step} | {is_told} | {intact} | succeeded: {is_whole} |")


PARTS: dict[str, Callable[[Soak], None]] = {
    "kills": kill_matrix,
    "dates": dates,
    "readers": readers,
    "disk": disk_full,
}


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(tuple(PARTS)))
@click.option("--points", default=40, show_default=True, help="How often a run is killed.")
def main(parts: tuple[str, ...], points: int) -> None:
    """Ill-treat a shop in all PARTS, or in some."""
    with a_soak(points) as soak:
        for part in parts or PARTS:
            PARTS[part](soak)
        if soak.faults:
            click.echo("\n".join(["", "Not as it must be:", *soak.faults]))
            sys.exit(1)
        click.echo("\nEverything as it must be.")


if __name__ == "__main__":
    main()
