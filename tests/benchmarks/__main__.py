"""Measure load, build, flatness, export and scale: make bench SIZE=small, default or large.

Each part keeps what it found in BENCH_ROOT (build/bench unless set), and docs/performance.md is
written anew from all that is there. A part that was measured is measured again only by its name:
make bench SIZE=small ARGS="load export".
"""

import json
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import click

from benchmarks import bench_build, bench_days, bench_load, bench_page, bench_queries, bench_tuning
from benchmarks.bench_shop import LONG, ROOT, SIZES, Shop, Size


def _first(size: Size) -> dict[str, object]:
    """Take in the long history: everything from nothing to the first publication."""
    shop = Shop(size, LONG)
    made = shop.make()
    return made | {
        "database_bytes": shop.query("select pg_database_size(current_database())")[0][0],
        "server": shop.query("show server_version")[0][0],
    }


PARTS: dict[str, Callable[[Size], dict[str, object]]] = {
    "first": _first,
    "load": bench_load.measure,
    "days": bench_days.measure,
    "build": bench_build.measure,
    "export": bench_load.measure_export,
    "queries": bench_queries.measure,
    "layouts": bench_queries.measure_layouts,
    "tuning": bench_tuning.measure,
}


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(tuple(PARTS)))
@click.option("--size", type=click.Choice(tuple(SIZES)), default="default")
def main(parts: tuple[str, ...], size: str) -> None:
    """Measure PARTS, or all that are missing, at a size, and write the page."""
    ROOT.mkdir(parents=True, exist_ok=True)
    path = ROOT / f"results_{size}.json"
    found = json.loads(path.read_text()) if path.exists() else {}
    for name, measure in PARTS.items():
        if name not in parts and (parts or name in found):
            continue
        click.echo(f"{size}: {name}")
        found[name] = {"at": f"{datetime.now(UTC):%Y-%m-%d}", **measure(SIZES[size])}
        found["machine"] = {"python": platform.python_version(), "system": platform.system()}
        path.write_text(json.dumps(found, indent=1))
    bench_page.write()


if __name__ == "__main__":
    sys.exit(main())
