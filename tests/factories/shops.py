"""Fixtures of tests that run steps: a database to ask, four small files, a batch in staging."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from loader.config.settings import Settings
from loader.contract import TABLES
from loader.database import server
from loader.database.fetch import Row
from loader.database.schema import ensure_schema
from loader.pipeline.context import Order
from loader.pipeline.run import run

DAY = date(2026, 11, 22)


def events(path: Path) -> list[dict[str, object]]:
    """Return the events of a log."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def text_of(path: Path) -> str:
    """Return what a log says, a line an event."""
    return "".join(f"{event['text']}\n" for event in events(path))


@pytest.fixture
def query(settings: Settings, database: str) -> Iterator[Callable[..., list[Row]]]:
    assert database
    with closing(server.connect(settings)) as connection:
        ensure_schema(connection)
        connection.autocommit = True

        def ask(statement: str) -> list[Row]:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

        yield ask


@pytest.fixture
def staged(
    settings: Settings,
    query: Callable[..., list[Row]],  # noqa: ARG001
    sample_batch: Path,
) -> Settings:
    """Load a batch, so that later steps have something to work on."""
    run(Order(("load",), DAY, sample_batch), settings)
    return settings


@pytest.fixture
def sample_batch(tmp_path: Path) -> Path:
    """Write four small files."""
    folder = tmp_path / "delivered"
    folder.mkdir()
    for table, columns in TABLES.items():
        record = "," * (len(columns) - 1)
        (folder / f"{table}.csv").write_text(",".join(columns) + f"\n{record}\n")
    return folder


@pytest.fixture
def heard_signals() -> Iterator[None]:
    """Let programs hear what a shell lets those in the background, and nohup lets all, ignore."""
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler),
        signal.SIGHUP: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    }
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
