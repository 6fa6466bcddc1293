"""dbt's builds beside the limit: the same statements, in the same order, on two connections."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psycopg2

from benchmarks.bench_shop import LONG, SHORT, Shop, Size, pairs, ratio
from loader.config.settings import REPOSITORY
from loader.database import server
from loader.dbt.program import DBT

DAY = 5  # after the days that `bench_days` takes
CONNECTIONS = 2
ONCE_FROM = 1e6  # items, from which the long history is built from nothing once
# What dbt asks the catalogue, and what it says of columns, is dbt's own.
OF_DBT = re.compile(
    r"^\s*(select\s.*\bpg_|select\s+\*\s+from\s+information_schema|begin|comment on|do \$dbt)",
    re.IGNORECASE | re.DOTALL,
)
COMMENT = re.compile(r"^\s*/\*.*?\*/\s*", re.DOTALL)
SCHEMAS, HOOKS = "schemas", "hooks"
NODE = re.compile(r'"node_id": "([^"]+)"')


def measure(size: Size) -> dict[str, object]:
    """Build a day on the long history, and both histories from nothing, with dbt and without."""
    day = Shop(size, LONG)
    day.make()
    _load_once(day, DAY)
    short, long = Shop(size, SHORT, "first"), Shop(size, LONG, "first")
    for shop in (short, long):
        _load_once(shop, 0)
    return {
        "first": _compared(short, size.repeats),
        # minutes each, beside which a second more or less says nothing
        "first of all": _compared(long, size.repeats if size.items < ONCE_FROM else 1),
        "day": _compared(day, size.repeats),
    }


def _load_once(shop: Shop, number: int) -> None:
    done = shop.settings.root / "limit_ready"
    if not done.exists():
        shop.run(number, "load")
        done.touch()


def _compared(shop: Shop, repeats: int) -> dict[str, object]:
    """Build what is loaded with dbt, and send the same statements without, each on a copy."""
    name = _variables(shop)["PGDATABASE"]
    kept = f"{name}_kept"
    _rename(shop, name, kept)
    try:
        statements = _on_a_copy(shop, name, kept, lambda: _recorded(shop))
        starts: list[float] = []

        def dbt() -> float:
            seconds, elapsed = _dbt(shop)
            starts.append(seconds - elapsed)
            return seconds

        whole, limit = pairs(
            repeats,
            lambda: _on_a_copy(shop, name, kept, dbt),
            lambda: _on_a_copy(shop, name, kept, lambda: _replayed(shop, statements)),
        )
    finally:
        _rename(shop, kept, name)
    above = [one - start for one, start in zip(whole, starts, strict=True)]
    return {
        "dbt": whole, "start": starts, "above": above, "limit": limit,
        "ratio": ratio(above, limit), "statements": sum(map(len, statements.values())),
    }  # fmt: skip


def _environment(shop: Shop) -> dict[str, str]:
    return os.environ | _variables(shop) | shop.environment | {
        "DBT_PROFILES_DIR": str(REPOSITORY / "dbt_project"), "DBT_THREADS": str(CONNECTIONS),
    }  # fmt: skip


@cache
def _variables(shop: Shop) -> dict[str, str]:
    """Return where the server is; to ask for it again would make the database that is away."""
    return server.dbt_environment(shop.settings)


def _maintenance(shop: Shop) -> psycopg2.extensions.connection:
    variables = _variables(shop)
    connection = psycopg2.connect(
        host=variables["PGHOST"], port=variables.get("PGPORT"), user=variables.get("PGUSER"),
        dbname="postgres",
    )  # fmt: skip
    connection.autocommit = True
    return connection


def _rename(shop: Shop, old: str, new: str) -> None:
    with closing(_maintenance(shop)) as connection, connection.cursor() as cursor:
        cursor.execute(f'drop database if exists "{new}" with (force)')
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (old,)
        )
        cursor.execute(f'alter database "{old}" rename to "{new}"')


def _on_a_copy[Result](shop: Shop, name: str, kept: str, do: Callable[[], Result]) -> Result:
    with closing(_maintenance(shop)) as connection, connection.cursor() as cursor:
        cursor.execute(f'create database "{name}" template "{kept}" strategy file_copy')
        try:
            return do()
        finally:
            cursor.execute(f'drop database "{name}" with (force)')


def _dbt(shop: Shop) -> tuple[float, float]:
    """Build with dbt; return all seconds, and those that dbt worked on nodes."""
    command = [*DBT, "build", "--exclude-resource-type", "unit_test"]
    started = time.monotonic()
    subprocess.run(
        command, cwd=REPOSITORY / "dbt_project", env=_environment(shop), check=True,
        capture_output=True,
    )  # fmt: skip
    seconds = time.monotonic() - started
    results = Path(shop.environment["DBT_TARGET_PATH"]) / "run_results.json"
    return seconds, json.loads(results.read_text())["elapsed_time"]


def _recorded(shop: Shop) -> dict[str, list[str]]:
    """Build with dbt and write down each node's statements."""
    recorder = Path(__file__).with_name("bench_recorder.py")
    out = shop.settings.root / "statements.json"
    subprocess.run(
        [sys.executable, str(recorder), str(out)], cwd=REPOSITORY / "dbt_project",
        env=_environment(shop), check=True, capture_output=True,
    )  # fmt: skip
    statements: dict[str, list[str]] = defaultdict(list)
    for statement in json.loads(out.read_text()):
        comment = COMMENT.match(statement)
        body = COMMENT.sub("", statement)
        if not comment or not body or OF_DBT.match(body):
            continue
        named = NODE.search(comment[0])
        if body.startswith("create schema"):
            statements[SCHEMAS].append(body)
        elif named or "publication" in body:
            statements[named[1] if named else HOOKS].append(body)
    return statements


@dataclass
class Order:
    """Hold which nodes wait for which, so that connections can take what is ready."""

    waiting: dict[str, set[str]]
    done: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self) -> str | None:
        """Wait for a node that is ready, and take it; None when there is nothing left to do."""
        with self.changed:
            while self.waiting and not self.faults:
                ready = next((n for n, before in self.waiting.items() if before <= self.done), None)
                if ready:
                    del self.waiting[ready]
                    return ready
                self.changed.wait()
        return None

    def end(self, node: str, fault: str = "") -> None:
        """Note that a node is done, or why it failed."""
        with self.changed:
            self.done.add(node)
            self.faults += [f"{node}: {fault}"] if fault else []
            self.changed.notify_all()


def _replayed(shop: Shop, statements: dict[str, list[str]]) -> float:
    """Send the statements on two connections, each node after those it depends on."""
    order = Order(_order(shop, statements))
    started = time.monotonic()
    workers = [
        threading.Thread(target=_work, args=(shop, order, statements)) for _ in range(CONNECTIONS)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if order.faults:
        raise RuntimeError(order.faults[0])
    return time.monotonic() - started


def _work(shop: Shop, order: Order, statements: dict[str, list[str]]) -> None:
    with closing(server.connect(shop.settings, None)) as connection:
        while node := order.take():
            try:
                with connection.cursor() as cursor:
                    for statement in statements[node]:
                        cursor.execute(statement)
                        if cursor.description:
                            cursor.fetchall()
                connection.commit()
            except psycopg2.Error as error:
                order.end(node, str(error))
            else:
                order.end(node)


def _order(shop: Shop, statements: dict[str, list[str]]) -> dict[str, set[str]]:
    target = Path(shop.environment["DBT_TARGET_PATH"])
    manifest = json.loads((target / "manifest.json").read_text())
    before = {node: _ancestors(manifest, node) & set(statements) for node in statements}
    if SCHEMAS in before:
        before = {node: others | {SCHEMAS} for node, others in before.items()}
        before[SCHEMAS] = set()
    if HOOKS in before:  # what ends a run follows everything
        before[HOOKS] = set(statements) - {HOOKS}
    return before


def _ancestors(manifest: dict[str, Any], node: str) -> set[str]:
    """Return what a node depends on; an ephemeral parent stands for its own parents."""
    found: set[str] = set()
    for parent in manifest["parent_map"].get(node, []):
        found.add(parent)
        if manifest["nodes"].get(parent, {}).get("config", {}).get("materialized") == "ephemeral":
            found |= _ancestors(manifest, parent)
    return found
