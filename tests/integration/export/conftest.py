"""A shop whose mart was exported: tests read its files, or change them or the mart."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from conftest import ScratchDatabase
from factories.published import PUBLISH, Execute
from loader.config.settings import Settings
from loader.database import server
from loader.database.schema import ensure_schema
from loader.export.write import export

MART = r"""
create table mart.sales (
    item_id text primary key, amount numeric(14, 2), sold_on date, sold_at timestamp,
    is_gift boolean, pieces bigint, note text
);
comment on table mart.sales is 'One row per sale.';
comment on column mart.sales.note is 'What the customer wrote | said.';
insert into mart.sales values
    ('a', 20.00, '2026-11-21', '2026-11-21 10:00:00.5', false, 1, 'Zoë'),
    ('b', -1.50, '2026-11-22', '2026-11-22 11:00:00', true, 9000000000, E'line 1\nline 2'),
    ('c', null, null, null, null, null, null),
    ('d', 0.10, '1900-01-01', '9999-12-31 00:00:00', true, -2, ''),
    ('e', 3.00, '2026-11-22', '2026-11-22 11:00:00', true, 1, '=1+1'),
    ('f', 3.00, '2026-11-22', '2026-11-22 11:00:00', true, 1, '@sum(a1)');
"""


@pytest.fixture(scope="module")
def exported_shop(
    scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """Yield the database and the folder of a shop whose mart was exported as CSV and as Parquet."""
    wanted = Settings(root=tmp_path_factory.mktemp("exported"), parquet=True)
    with pytest.MonkeyPatch.context() as patch, scratch_database(patch) as name:
        with closing(server.connect(wanted)) as connection:
            ensure_schema(connection)
            with connection, connection.cursor() as cursor:
                cursor.execute(MART + PUBLISH)
        export(wanted)
        yield name, wanted.root


@pytest.fixture
def exported(
    exported_shop: tuple[str, Path],
    server_environment: dict[str, str],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    """Give the test a copy of the exported files; the database is shared and stays as it is."""
    name, root = exported_shop
    for variable, value in (server_environment | {"PGDATABASE": name}).items():
        monkeypatch.setenv(variable, value)
    shutil.copytree(root / "exports", settings.exports_dir)
    return settings.model_copy(update={"parquet": True})


@pytest.fixture
def change_mart(
    exported: Settings,
    exported_shop: tuple[str, Path],
    scratch_database: ScratchDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Execute]:
    """Give the test a copy of the database as well, and a function that changes it."""
    name, _ = exported_shop
    with scratch_database(monkeypatch, name), closing(server.connect(exported)) as connection:
        connection.autocommit = True
        yield connection.cursor().execute
