"""A day on a short and on a long history, node by node, and where a day's seconds go."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.bench_shop import LONG, SHORT, Shop, Size

MEASURED = (2, 3, 4)  # the first day after the history follows a build from nothing: it warms up

STEPS = """
select step, extract(epoch from ended_at - started_at)::float
from ops.steps where run_id = (select run_id from ops.runs order by started_at desc limit 1)
order by started_at
"""
NODES = """
select unique_id, resource_type, execution_seconds::float
from ops.node_results
inner join ops.invocations using (invocation_id)
where invocations.run_id = (select run_id from ops.runs order by started_at desc limit 1)
"""


def measure(size: Size) -> dict[str, object]:
    """Run the same days on both histories, in turn, and compare every step and node."""
    shops = {history: Shop(size, history) for history in (SHORT, LONG)}
    for shop in shops.values():
        shop.make()
    steps: dict[int, dict[str, list[float]]] = {h: defaultdict(list) for h in shops}
    nodes: dict[int, dict[str, list[float]]] = {h: defaultdict(list) for h in shops}
    counts = {}
    for day in (1, *MEASURED):
        for shop in shops.values():
            if _is_done(shop, day):
                continue
            done = shop.run(day)
            (shop.settings.root / f"day_{day}.json").write_text(
                json.dumps(
                    {
                        "wall": done.seconds,
                        "peaks": done.peaks,
                        "steps": dict(shop.query(STEPS)),
                        "nodes": {name: seconds for name, _, seconds in shop.query(NODES)},
                        "elapsed": _elapsed(shop),
                    }
                )
            )
        for history, shop in shops.items():
            if day in MEASURED:
                told = json.loads((shop.settings.root / f"day_{day}.json").read_text())
                steps[history]["the whole day"].append(told["wall"])
                for name, seconds in told["steps"].items():
                    steps[history][f"step {name}"].append(seconds)
                for name, seconds in told["nodes"].items():
                    nodes[history][name].append(seconds)
    for history, shop in shops.items():
        counts[history] = shop.query(
            "select count(*), count(distinct transaction_id) from mart.fct_sales"
        )[0]
    last = json.loads((shops[LONG].settings.root / f"day_{MEASURED[-1]}.json").read_text())
    return {
        "counts": counts,
        "steps": _compared(steps),
        "nodes": _compared(nodes),
        "last": last,
        "database_bytes": shops[LONG].query("select pg_database_size(current_database())")[0][0],
        "day_items": shops[LONG].query("select count(*) from staging.transaction_items")[0][0],
    }


def _is_done(shop: Shop, day: int) -> bool:
    return (shop.settings.root / f"day_{day}.json").exists()


def _elapsed(shop: Shop) -> float:
    """Return how long dbt worked on nodes, by its own account."""
    path = Path(shop.environment["DBT_TARGET_PATH"]) / "run_results.json"
    return float(json.loads(path.read_text())["elapsed_time"])


def _compared(found: dict[int, dict[str, list[float]]]) -> list[tuple[str, float, float]]:
    """Return name, least seconds on the short and on the long history."""
    return [
        (name, min(found[SHORT][name]), min(seconds))
        for name, seconds in found[LONG].items()
        if name in found[SHORT]
    ]


def where_the_time_goes(last: dict[str, Any]) -> list[tuple[str, float]]:
    """Return the seconds of one day's run, part by part."""
    steps = dict(last["steps"])
    nodes = sum(last["nodes"].values())
    build = steps.pop("build")
    rest = last["wall"] - build - sum(steps.values())
    return [
        ("start of the program, lock, record, and what follows a run", rest),
        *((f"step {name}", seconds) for name, seconds in steps.items()),
        ("build: dbt's start and end (import, parse, compile)", build - last["elapsed"]),
        (
            f"build: {len(last['nodes'])} nodes ({nodes:.1f} s of connections), publication",
            last["elapsed"],
        ),
    ]
