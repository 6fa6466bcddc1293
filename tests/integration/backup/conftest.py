"""A shop of which nothing is loaded yet, and where backups go."""

from pathlib import Path

import pytest

from factories.loaded import Query
from loader.config.settings import Settings


@pytest.fixture
def small(settings: Settings, query: Query) -> Settings:
    """Return a shop whose database has the loader's tables only."""
    assert query("select 1") == [(1,)]
    return settings


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.root / "backups"
