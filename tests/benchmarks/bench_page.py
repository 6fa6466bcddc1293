"""Write docs/performance.md from what was measured; its words stand in performance.md.j2."""

import json
import textwrap
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2

from benchmarks.bench_days import where_the_time_goes
from benchmarks.bench_shop import LONG, ROOT, SHORT, SIZES
from loader.config.settings import REPOSITORY

TEMPLATE = Path(__file__).with_name("performance.md.j2")
PAGE = REPOSITORY / "docs" / "performance.md"
WIDTH = 120


def write() -> None:
    """Write the page anew from the results of every size that there are."""
    results = {
        name: json.loads((ROOT / f"results_{name}.json").read_text())
        for name in SIZES
        if (ROOT / f"results_{name}.json").exists()
    }
    environment = jinja2.Environment(
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701  (Markdown)
    )
    template = environment.from_string(TEMPLATE.read_text())
    text = template.render(
        results=results,
        sizes=SIZES,
        short=str(SHORT),
        long=str(LONG),
        versions={name: version(name) for name in ("dbt-core", "dbt-postgres", "psycopg2-binary")},
        where_the_time_goes=where_the_time_goes,
        kinds=kinds,
        worst=worst,
        ours=ours,
        most_memory=max(peak for found in results.values() for peak in _peaks(found)),
        measured_on=measured_on,
        largest=lambda part: [(n, f) for n, f in results.items() if part in f][-1:],
    )
    PAGE.write_text("\n".join(filled(text.split("\n"))).rstrip() + "\n")


def filled(lines: list[str]) -> Iterator[str]:
    """Yield the lines of a page with paragraphs and list items filled; tables stay."""
    paragraph: list[str] = []
    for line in [*lines, ""]:
        is_prose = bool(line) and not line.startswith(("|", "#"))
        if paragraph and (not is_prose or line.startswith("- ")):
            yield from textwrap.wrap(
                " ".join(paragraph),
                WIDTH,
                subsequent_indent="  " if paragraph[0].startswith("- ") else "",
                break_long_words=False,
                break_on_hyphens=False,
            )
            paragraph = []
        if is_prose:
            paragraph.append(line)
        else:
            yield line


def measured_on(found: dict[str, Any]) -> str:
    """Return on which days the parts of a size were measured: the newest code is not in all."""
    parts = {name: part["at"] for name, part in found.items() if "at" in part}
    days = sorted(set(parts.values()))
    return ", ".join(
        f"{day} ({', '.join(name for name, at in parts.items() if at == day)})" for day in days
    )


def kinds(nodes: list[tuple[str, float, float]]) -> dict[str, tuple[float, float]]:
    """Return the seconds of the short and of the long history by kind of node."""
    found: dict[str, list[float]] = {}
    for name, short, long in nodes:
        kind = _kind(name)
        before = found.setdefault(kind, [0, 0])
        before[0] += short
        before[1] += long
    return {kind: (short, long) for kind, (short, long) in sorted(found.items())}


def _kind(name: str) -> str:
    resource, _, rest = name.partition(".shop.")
    if resource != "model":
        return {"test": "tests", "snapshot": "snapshots", "seed": "seeds"}.get(resource, resource)
    for start, kind in (
        ("stg_", "staging"), ("rejected_", "quarantine"), ("dim_", "dimensions"),
        ("fct_", "fact"), ("agg_", "aggregates"), ("rpt_", "reports"), ("int_", "intermediate"),
    ):  # fmt: skip
        if rest.startswith(start):
            return kind
    return "production and record"


def worst(nodes: list[tuple[str, float, float]], count: int) -> list[tuple[str, float, float]]:
    """Return the nodes that grow most, in seconds."""
    return sorted(nodes, key=lambda node: node[1] - node[2])[:count]


def _peaks(found: dict[str, Any]) -> list[float]:
    runs = [found["first"], *([found["days"]["last"]] if "days" in found else [])]
    return [peak for run in runs for peak in ours(run["peaks"]).values()]


def ours(peaks: dict[str, float]) -> dict[str, float]:
    """Return the most memory of our own processes: not the server's, whose memory is shared."""
    return {name: peak for name, peak in peaks.items() if name.startswith(("loader", "dbt"))}
