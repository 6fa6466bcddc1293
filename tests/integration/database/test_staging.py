"""The loader's raw tables: as dbt_project.yml declares them, and described."""

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from factories.loaded import Query, batch, connection, everything, query, staged
from loader.config.settings import Settings
from loader.contract import TABLES
from loader.database import server
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.ingest.load import load

pytestmark = pytest.mark.versions

__all__ = ["connection", "query"]  # fixtures

DAY = date(2026, 11, 22)


def test_schema_can_be_created_again_and_keeps_its_rows(
    settings: Settings, query: Query, tmp_path: Path
) -> None:
    load(batch(tmp_path / "in"), DAY, settings)
    before = everything(query)
    with closing(server.connect(settings)) as connection:
        ensure_schema(connection)
    assert everything(query) == before


def test_staging_tables_have_the_columns_of_the_contract(
    settings: Settings, query: Query, tmp_path: Path
) -> None:
    load(batch(tmp_path / "in"), DAY, settings)
    found = query(
        "select table_name, array_agg(column_name::text order by ordinal_position)"
        " from information_schema.columns where table_schema = 'staging' group by table_name"
    )
    own = ["_line_number", "_source_file", "_loaded_at"]
    assert dict(found) == {table: [*columns, *own] for table, columns in TABLES.items()}


def test_raw_table_of_an_older_release_gets_the_columns_declared_since(
    settings: Settings,
    connection: Connection,
    query: Query,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load(batch(tmp_path / "in"), DAY, settings)
    before = staged(query, "products")
    with connection, connection.cursor() as cursor:
        cursor.execute("alter table staging.products drop column brand, add column left_over text")

    with monkeypatch.context() as of_a_role:
        of_a_role.setattr("loader.database.preflight.may_create", lambda _cursor: False)
        with pytest.raises(LoaderError, match="older: run make roles first"):
            load(batch(tmp_path / "early"), DAY, settings)

    load(batch(tmp_path / "again"), DAY, settings)
    assert staged(query, "products") == before
    assert query("select left_over from staging.products") == [(None,)] * len(before)


def test_every_table_and_column_is_described(
    settings: Settings, query: Query, tmp_path: Path
) -> None:
    load(batch(tmp_path / "in"), DAY, settings)
    undescribed = query(
        "select relation.oid::regclass::text, attribute.attname"
        " from pg_class as relation join pg_attribute as attribute"
        "  on attribute.attrelid = relation.oid and attribute.attnum >= 0 "
        " where relation.relnamespace in ('staging'::regnamespace, 'ops'::regnamespace)"
        " and relation.relkind = 'r' and (col_description(relation.oid, attribute.attnum) is null"
        " or obj_description(relation.oid, 'pg_class') is null)"
    )
    assert undescribed == []
