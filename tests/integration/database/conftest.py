"""A shop whose embedded server a test may start; it is stopped after the test."""

from collections.abc import Iterator

import pytest

from loader.config.settings import Settings
from loader.database import server


@pytest.fixture
def shop(settings: Settings) -> Iterator[Settings]:
    yield settings
    server.stop(settings)
