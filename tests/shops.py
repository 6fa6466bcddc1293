"""Fixtures of tests that run steps: a database to ask, four small files, a batch in staging."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from days import run_well

from loader import server
from loader.contract import TABLES
from loader.generate import Batch, generate
from loader.ops import ensure_schema
from loader.run import run
from loader.settings import Settings
from loader.shop import Shop
from loader.steps import Order

DAY = date(2026, 11, 22)
SMALL_SHOP = Shop(customers=60, products=30, transactions_per_day=5)


@pytest.fixture(scope="session")
def small_shop(
    scratch_database: Callable, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """Yield the database and the folder of a shop with half a year of sales; read only."""
    root = tmp_path_factory.mktemp("small_shop")
    batch = generate(root / "landing", Batch(DAY, 180, is_first=True), SMALL_SHOP)
    with pytest.MonkeyPatch.context() as patch, scratch_database(patch) as name:
        patch.setenv("SHOP_ROOT", str(root))
        patch.setenv("DBT_TARGET_PATH", str(root / "target"))
        patch.setenv("DBT_LOG_PATH", str(root / "target"))
        run_well(DAY.isoformat(), batch)
        yield name, root


def events(path: Path) -> list[dict]:
    """Return the events of a log."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def text_of(path: Path) -> str:
    """Return what a log says, a line an event."""
    return "".join(f"{event['text']}\n" for event in events(path))


@pytest.fixture
def query(settings: Settings, database: str) -> Iterator[Callable[..., list[tuple]]]:
    assert database
    with closing(server.connect(settings)) as connection:
        ensure_schema(connection)
        connection.autocommit = True

        def ask(statement: str) -> list[tuple]:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

        yield ask


@pytest.fixture
def staged(settings: Settings, query: Callable[..., list[tuple]], sample_batch: Path) -> Settings:
    """Load a batch, so that later steps have something to work on."""
    assert query
    run(Order(("load",), DAY, sample_batch), settings)
    return settings


@pytest.fixture
def sample_batch(tmp_path: Path) -> Path:
    """Write four small files."""
    folder = tmp_path / "delivered"
    folder.mkdir()
    for table, columns in TABLES.items():
        (folder / f"{table}.csv").write_text(",".join(columns) + "\n" + "," * (len(columns) - 1))
    return folder
