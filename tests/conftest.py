"""A real PostgreSQL for the tests: the one PGHOST names, else an embedded one of their own."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql

from loader import server
from loader.settings import REPOSITORY, Settings

SAMPLE = (
    Path(os.environ.get("SAMPLES_DIR") or REPOSITORY.parent / "shared" / "samples")
    / "marketplace-2024"
)


def pytest_report_header() -> str | None:
    """Say why tests are missing."""
    return (
        None
        if SAMPLE.is_dir()
        else f"sample data: none at {SAMPLE} (SAMPLES_DIR), its tests are deselected"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of the sample data where there is none, except in CI."""
    of_sample = [item for item in items if "sample_dir" in getattr(item, "fixturenames", ())]
    if SAMPLE.is_dir() or not of_sample:
        return
    if os.environ.get("CI"):
        raise pytest.UsageError(f"the sample data is missing: no folder {SAMPLE}")
    config.hook.pytest_deselected(items=of_sample)
    items[:] = [item for item in items if item not in of_sample]


@pytest.fixture(scope="session")
def sample_dir() -> Path:
    """Return the folder of the sample's four CSV files and expected.json."""
    return SAMPLE


@pytest.fixture(scope="session")
def server_environment() -> Iterator[dict[str, str]]:
    """Yield the PG* variables of a server that scratch databases may be made on."""
    if os.environ.get("PGHOST"):
        yield {name: value for name, value in os.environ.items() if name.startswith("PG")}
        return
    root = Path(tempfile.mkdtemp(prefix="shop-"))
    settings = Settings(root=root)
    yield server.dbt_environment(settings)
    server.stop(settings)
    shutil.rmtree(root)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return settings of a shop with nothing in it, which the environment names too."""
    monkeypatch.setenv("SHOP_ROOT", str(tmp_path))
    return Settings(root=tmp_path)


ScratchDatabase = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def scratch_database(server_environment: dict[str, str]) -> ScratchDatabase:
    """Return a context that makes a database, empty or a copy, for the PG* variables to name."""

    @contextmanager
    def scratch(patch: pytest.MonkeyPatch, template: str = "template1") -> Iterator[str]:
        for variable, value in server_environment.items():
            patch.setenv(variable, value)
        name = f"shop_test_{secrets.token_hex(6)}"
        patch.setenv("PGDATABASE", name)
        _maintain("create database {} template {}", name, template)
        yield name
        _maintain("drop database {} with (force)", name)

    return scratch


@pytest.fixture
def database(scratch_database: ScratchDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the name of an empty database that the PG* variables point at."""
    with scratch_database(monkeypatch) as name:
        yield name


def _maintain(statement: str, *names: str) -> None:
    """Run a statement about a database from outside of it."""
    target = {
        "host": os.environ["PGHOST"],
        "port": os.environ.get("PGPORT") or server.PORT,
        "user": os.environ.get("PGUSER") or server.SUPERUSER,
        "dbname": "postgres",
    }
    with closing(psycopg2.connect(**target)) as connection:
        connection.autocommit = True
        connection.cursor().execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
