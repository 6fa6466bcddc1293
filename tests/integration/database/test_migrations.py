"""The loader's own tables of an older release come to where a new database's are."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from conftest import ScratchDatabase
from factories.days import (
    execute,
    query,
)
from loader.config.settings import REPOSITORY, Settings
from loader.database import migrate, server
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.monitoring.collect import collect

RELEASES = sorted((REPOSITORY / "tests" / "factories" / "releases").glob("*.sql"))
CATALOGUE = """
select
    relation.oid::regclass::text, attribute.attname,
    format_type(attribute.atttypid, attribute.atttypmod), attribute.attnotnull,
    pg_get_expr(default_.adbin, default_.adrelid), col_description(relation.oid, attribute.attnum)
from pg_class as relation
inner join pg_attribute as attribute on attribute.attrelid = relation.oid
left join pg_attrdef as default_
    on default_.adrelid = relation.oid and default_.adnum = attribute.attnum
where
    relation.relnamespace::regnamespace::text in ('ops', 'staging')
    and relation.relkind = 'r' and attribute.attnum > 0 and not attribute.attisdropped
union all
select conrelid::regclass::text, conname, pg_get_constraintdef(oid), true, null, null
from pg_constraint
where connamespace::regnamespace::text in ('ops', 'staging') and contype <> 'n'
order by 1, 2
"""


@pytest.mark.versions
@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_older_database_gets_the_tables_of_a_new_one_and_keeps_its_rows(
    settings: Settings,
    release: Path,
    scratch_database: ScratchDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    execute(release.read_text())
    execute(
        "insert into ops.runs values ('r', '2025-03-01', 'load', now(), now(), 'succeeded');"
        "insert into ops.steps (run_id, step, started_at, status)"
        " values ('r', 'load', now(), 'succeeded')"
    )
    for _ in range(2):
        make_schema(settings)
    assert query("select step, attempt, status from ops.steps") == [("load", 1, "succeeded")]
    known = [(migration.number, migration.name) for migration in migrate.migrations()]
    assert query("select number, name from ops.migrations order by 1") == known
    upgraded = query(CATALOGUE)

    with scratch_database(monkeypatch):
        make_schema(settings)
        assert query("select number, name from ops.migrations order by 1") == known
        assert query(CATALOGUE) == upgraded
    assert ("ops.steps", "rejected") in {row[:2] for row in upgraded}


@pytest.mark.usefixtures("database")
def test_database_of_a_newer_release_is_refused_unchanged(settings: Settings) -> None:
    make_schema(settings)
    execute(
        "insert into ops.migrations values (9999, 'of_the_future'); drop table ops.steps cascade"
    )
    with pytest.raises(LoaderError, match="made by a newer release"):
        make_schema(settings)
    assert query("select to_regclass('ops.steps')") == [(None,)]


@pytest.mark.usefixtures("database")
def test_status_says_that_tables_are_of_an_older_release(settings: Settings) -> None:
    make_schema(settings)
    assert collect(settings).unreachable is None
    execute("delete from ops.migrations where number > 8")
    assert "of an older release; the next run" in str(collect(settings).unreachable)


@pytest.mark.usefixtures("database")
def test_database_from_before_the_first_release_is_refused_unchanged(settings: Settings) -> None:
    make_schema(settings)
    execute("delete from ops.migrations; drop table ops.steps cascade")
    with pytest.raises(LoaderError, match=r"before the first release.*make replay"):
        make_schema(settings)
    assert query("select to_regclass('ops.steps')") == [(None,)]


def test_files_of_migrations_are_numbered_without_a_gap(tmp_path: Path) -> None:
    (tmp_path / "0010_second.sql").touch()
    with pytest.raises(ValueError, match="0008_<name>"):
        migrate.migrations(tmp_path)


def make_schema(settings: Settings) -> None:
    with closing(server.connect(settings)) as connection:
        ensure_schema(connection)


def test_no_later_migration_runs_over_rows_of_tables_that_dbt_made() -> None:
    """An administrator applies them, and what a table's owner put behind it would run as such.

    macros/upgrading.sql alters these tables in a session of their owner.
    """
    rows = re.compile(
        r"\b(?:update|insert into|delete from|merge into|copy)\s+"
        r"(?:production|snapshots|seeds|mart_build|mart)\."
    )
    found = [
        migration.name
        for migration in migrate.migrations()
        if rows.search(migration.statements.lower())
    ]
    assert found == []
