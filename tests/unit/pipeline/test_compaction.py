"""A run that has published writes small files together, or says why not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.pipeline import spark

if TYPE_CHECKING:
    from loader.pipeline.context import Run


@pytest.fixture
def compacted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[], list[str]]], list[tuple[str, str]]]:
    """Return what gives the lines of a run whose compaction does something."""
    lines: list[tuple[str, str]] = []

    def line(text: str, colour: str = "") -> None:
        lines.append((text, colour))

    @contextmanager
    def session(_settings: Settings) -> Iterator[None]:
        yield

    monkeypatch.setattr(spark, "session", session)
    monkeypatch.setattr(spark, "merged_tables", lambda _target: [])
    run = cast("Run", SimpleNamespace(settings=settings, log=SimpleNamespace(line=line)))

    def lines_of(compact: Callable[[], list[str]]) -> list[tuple[str, str]]:
        monkeypatch.setattr(spark, "compact_fragmented", lambda *_: compact())
        spark.compact_small_files(run)
        return lines

    return lines_of


def test_compacted_tables_are_named(
    compacted: Callable[[Callable[[], list[str]]], list[tuple[str, str]]],
) -> None:
    assert compacted(list) == []
    assert compacted(lambda: ["ops.a", "ops.b"]) == [
        ("small files written together: ops.a, ops.b", "")
    ]


def test_compaction_that_fails_is_a_warning(
    compacted: Callable[[Callable[[], list[str]]], list[tuple[str, str]]],
) -> None:
    def fail() -> list[str]:
        raise LoaderError("Spark failed")

    assert compacted(fail) == [
        ("warning: no small files of Spark's were written together: Spark failed", "yellow")
    ]
