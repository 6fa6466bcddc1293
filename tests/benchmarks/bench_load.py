"""Loading and exporting beside psql, the limit, and beside what people use instead."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.bench_shop import LONG, ROOT, Shop, Size, pairs, ratio
from loader.config.settings import REPOSITORY
from loader.contract import REQUIRED_TABLES
from loader.database import server

PEER_PACKAGES = ("pandas", "sqlalchemy", "psycopg2-binary", "dlt[postgres]")
PEERS = {"pandas_to_sql": 40, "dlt": 10, "sqlalchemy_executemany": None}

TYPES = {
    "registration_date": "date",
    "transaction_date": "date",
    "transaction_time": "time",
    "quantity": "integer",
    "stock_quantity": "integer",
} | dict.fromkeys(
    ("price", "cost", "total_amount", "unit_price", "discount_percentage", "line_total"),
    "numeric(14, 2)",
)  # fmt: skip


def measure(size: Size) -> dict[str, object]:
    """Load the files of the long history as we do and as psql does."""
    shop = Shop(size, LONG, "load")
    files = shop.batch(0)
    shop.loader("server", "start")
    shop.psql(_tables())
    shop.run(0, "load")  # makes the tables
    ours, limit = pairs(
        size.repeats, lambda: _load(shop, files), lambda: shop.psql(_copies(files)).seconds
    )
    counts = {
        table: shop.query(f"select (select count(*) from staging.{table}),"
                          f" (select count(*) from bench.{table})")[0]
        for table in REQUIRED_TABLES
    }  # fmt: skip
    if any(one != other or not one for one, other in counts.values()):
        raise RuntimeError(f"the two loads differ: {counts}")
    found = {
        "rows": sum(one for one, _ in counts.values()),
        "bytes": sum((files / f"{table}.csv").stat().st_size for table in REQUIRED_TABLES),
        "ours": ours,
        "limit": limit,
        "ratio": ratio(ours, limit),
    }
    if size.name == "small":
        found["peers"] = _peers(shop, files, counts["transaction_items"][0], ours)
    return found


LOAD = """
import sys, time
from datetime import date
from pathlib import Path
from loader.ingest.load import load
from loader.config.settings import load_settings
settings, started = load_settings(), time.monotonic()
load(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), settings)
print(time.monotonic() - started)
"""

EXPORT = """
import time
from loader.export.write import export
from loader.config.settings import load_settings
settings, started = load_settings(), time.monotonic()
result = export(settings, is_full=True)
print(time.monotonic() - started, sum(result.rows.values()))
"""


def _load(shop: Shop, files: Path) -> float:
    """Return the seconds of a load, without Python's start."""
    return float(_said(shop, LOAD, str(files), shop.day(0))[0])


def _said(shop: Shop, code: str, *arguments: str) -> list[str]:
    """Return the words that a piece of Python prints in the shop."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=os.environ | shop.environment,
        capture_output=True, text=True, check=True, cwd=REPOSITORY,
    )  # fmt: skip
    return done.stdout.split()


def _tables() -> str:
    parts = ["drop schema if exists bench cascade; create schema bench;"]
    for table, columns in REQUIRED_TABLES.items():
        typed = ", ".join(f"{name} {TYPES.get(name, 'text')}" for name in columns)
        parts.append(f"create table bench.{table} ({typed});")
    return "\n".join(parts)


def _copies(files: Path) -> str:
    """Return the four copies in one transaction, as ours are."""
    copies = [
        f"\\copy bench.{table} ({', '.join(_header(files / f'{table}.csv'))})"
        f" from '{files / f'{table}.csv'}' with (format csv, header true)"
        for table in REQUIRED_TABLES
    ]
    truncates = "".join(f"truncate bench.{table};" for table in REQUIRED_TABLES)
    return "\n".join(["begin;", truncates, *copies, "commit;"]) + "\n"


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as file:
        return file.readline().strip().split(",")


def _peers(shop: Shop, files: Path, items: int, ours: list[float]) -> dict[str, object]:
    """Load the same files in the ways that people use; each beside a load of ours."""
    program = ROOT / "peers" / "bin" / "python"
    if not program.exists():
        venv.create(ROOT / "peers", with_pip=True)
        install = [str(program), "-m", "pip", "install", "-qq", *PEER_PACKAGES]
        subprocess.run(install, check=True)
    found: dict[str, object] = {}
    for peer, goal in PEERS.items():
        script = str(REPOSITORY / "tests" / "benchmarks" / "bench_peers.py")
        said = subprocess.run(
            [str(program), script, peer, str(files)],
            env=server.dbt_environment(shop.settings) | {"RUNTIME__DLTHUB_TELEMETRY": "false"},
            capture_output=True, text=True, check=True, cwd=ROOT,
        )  # fmt: skip
        told = json.loads(said.stdout.splitlines()[-1])
        if told["items"] != items:
            raise RuntimeError(f"{peer} loaded {told['items']} items of {items}")
        found[peer] = {
            "seconds": told["seconds"],
            "times": told["seconds"] / min(ours),
            "goal": goal,
        }
    return found


def measure_export(size: Size) -> dict[str, object]:
    """Export the mart as we do, and by psql, relation by relation, in no order and unchecked."""
    shop = Shop(size, LONG)
    names = [row[0] for row in shop.query(
        "select relname from pg_class where relnamespace = 'mart'::regnamespace and relkind = 'r'"
    )]  # fmt: skip
    folder = ROOT / "copied"
    folder.mkdir(exist_ok=True)
    copies = "".join(
        f"\\copy mart.{name} to '{folder / name}.csv' with (format csv, header true)\n"
        for name in names
    )
    rows: list[int] = []

    def ours() -> float:
        seconds, count = _said(shop, EXPORT)
        rows.append(int(count))
        return float(seconds)

    found, limit = pairs(size.repeats, ours, lambda: shop.psql(copies).seconds)
    lines = sum(1 for path in folder.glob("fct_sales.csv") for _ in path.open("rb")) - 1
    if lines != shop.query("select count(*) from mart.fct_sales")[0][0]:
        raise RuntimeError("psql did not write all sales")
    return {"rows": rows[0], "ours": found, "limit": limit, "ratio": ratio(found, limit)}
