"""A shop of which nothing is loaded yet."""

import pytest

from factories.loaded import Query
from loader.config.settings import Settings


@pytest.fixture
def small(settings: Settings, query: Query) -> Settings:
    """Return a shop whose database has the loader's tables only."""
    assert query("select 1") == [(1,)]
    return settings
