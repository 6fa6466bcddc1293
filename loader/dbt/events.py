"""What dbt says, as typed records: its events, and the results that its last command wrote."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict

NOT_FAILED = ("success", "pass", "warn", "skipped", "no-op")
RESULTS = "run_results.json"
# dbt's own log says what started or was skipped.
WITHOUT_NEWS = ("LogStartLine", "LogHookStartLine", "SkippingDetails", "LogSkipBecauseError")


@dataclass(frozen=True)
class Event:
    """Hold an event by its name in dbt's list, and which node of how many it is about."""

    name: str
    level: str
    lines: tuple[str, ...]  # without what PostgreSQL quotes from rows
    node_index: int = 0
    node_count: int = 0

    @property
    def is_node_result(self) -> bool:
        """Return whether a model, test, seed or snapshot is done, well or not."""
        return self.name.startswith("Log") and self.name.endswith("Result")

    @property
    def is_news(self) -> bool:
        """Return whether a node did not go well, or a macro of the project has a message."""
        return self.name == "JinjaLogInfo" or (self.is_node_result and self.level != "info")


def read_event(line: str) -> Event:
    """Return the event that a line of output holds; any other line, as a traceback's, is its own.

    An event that says nothing new has no lines.
    """
    try:
        content = json.loads(line)
        info, data = content["info"], content["data"]
        text, name, level = str(info["msg"]), str(info["name"]), str(info["level"])
    except (ValueError, KeyError, TypeError):
        return Event("", "", tuple(without_details([line])))
    lines = () if name in WITHOUT_NEWS else tuple(filter(None, without_details(text.splitlines())))
    return Event(name, level, lines, data.get("index", 0), data.get("total", 0))


def without_details(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines without line ends, leaving out what PostgreSQL quotes from rows."""
    for line in lines:
        text = line.rstrip()
        if text.lstrip().startswith(("DETAIL:", "CONTEXT:")):
            text = text[: text.index(":") + 1] + " (left out: it may quote personal data)"
        yield text


class NodeResult(TypedDict):
    """Name what is read of a node's result in run_results.json."""

    unique_id: str
    status: str
    execution_time: float
    message: NotRequired[str | None]
    failures: NotRequired[int | None]


@dataclass(frozen=True)
class Results:
    """Hold what dbt wrote about its last command: its id, and messages of nodes that failed."""

    invocation_id: str = ""
    nodes: tuple[NodeResult, ...] = ()
    failures: tuple[str, ...] = ()
    first_failure: str = ""


def read_results(target: Path) -> Results:
    """Return the results in dbt's target folder; none before its first command ended."""
    try:
        content = json.loads((target / RESULTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # there was none yet, or dbt was killed while it wrote
        return Results()
    results: list[NodeResult] = content["results"]
    failed = [result for result in results if result["status"] not in NOT_FAILED]
    return Results(
        content["metadata"]["invocation_id"],
        tuple(results),
        tuple(f"{result['status']}: {result.get('message') or ''}" for result in failed),
        _named(failed[0], len(failed)) if failed else "",
    )


def _named(result: NodeResult, count: int) -> str:
    """Return which node failed, without its message, which may quote a row."""
    name = result["unique_id"].split(".")[2]
    rows = f" with {result['failures']} rows" if result.get("failures") else ""
    others = f" (and {count - 1} more)" if count > 1 else ""
    return f"{name}: {result['status']}{rows}{others}"
