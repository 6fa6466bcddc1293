"""A statement that must return one row returns it typed, or fails where it is read."""

from contextlib import closing
from pathlib import Path

import pytest

from loader.config.settings import REPOSITORY, Settings
from loader.database import server
from loader.database.fetch import fetch_row, fetch_value, relation_exists, statements


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


def test_statements_of_a_file_have_names(tmp_path: Path) -> None:
    path = tmp_path / "some.sql"
    path.write_text("-- about both\n-- name: first\nselect 1;\n\n-- name: second\nselect 2;\n")
    assert statements(path) == {"first": "select 1;\n\n", "second": "select 2;\n"}


def test_no_statement_stands_in_a_file_under_a_name_that_nothing_asks_for() -> None:
    for path in (
        *(REPOSITORY / "loader").rglob("*.sql"),
        *(REPOSITORY / "dashboards").rglob("*.sql"),
    ):
        module = path.with_suffix(".py")
        if named := statements(path):
            text = module.read_text()
            assert [name for name in named if f'"{name}"' not in text] == [], path
