"""A statement that must return one row returns it typed, or fails where it is read."""

from contextlib import closing

import pytest

from loader.config.settings import Settings
from loader.database import server
from loader.database.fetch import fetch_row, fetch_value, relation_exists


@pytest.mark.usefixtures("database")
def test_rows_and_values_are_fetched_or_missed_loudly(settings: Settings) -> None:
    with closing(server.connect(settings)) as connection, connection.cursor() as cursor:
        cursor.execute("select 1, 'one'")
        assert fetch_row(cursor) == (1, "one")
        with pytest.raises(LookupError, match="no row"):
            fetch_row(cursor)
        cursor.execute("select 2")
        assert fetch_value(cursor, int) == 2
        cursor.execute("select null")
        with pytest.raises(TypeError, match="None, which is no int"):
            fetch_value(cursor, int)


@pytest.mark.usefixtures("database")
def test_relation_exists_once_it_was_made(settings: Settings) -> None:
    with closing(server.connect(settings)) as connection, connection.cursor() as cursor:
        assert not relation_exists(cursor, "public.made")
        cursor.execute("create table public.made ()")
        assert relation_exists(cursor, "public.made")
        assert not relation_exists(cursor, "nowhere.made")
