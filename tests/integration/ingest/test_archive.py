"""What was loaded is kept, and the past can be rebuilt from it."""

import gzip
import json
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from factories.loaded import batch
from loader.config.settings import Settings
from loader.contract import TABLES
from loader.database import server
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.ingest import archive, archive_writer
from loader.ingest import load as loading
from loader.ingest.anonymize import scrub_batch
from loader.ingest.archive import archived
from loader.ingest.load import load
from loader.ingest.person import Person
from loader.pipeline.replay import _first as first_to_replay
from loader.pipeline.replay import replay

DAY, NEXT_DAY = date(2026, 11, 22), date(2026, 11, 23)


@pytest.fixture
def settings(settings: Settings, database: str) -> Settings:
    """Return the settings of a shop with an empty database."""
    assert database
    with closing(server.connect(settings)) as connection:
        ensure_schema(connection)
    return settings


def names(settings: Settings) -> list[str]:
    return sorted(path.name for path in archive.archive_dir(settings).glob("*"))


def test_load_is_archived_byte_for_byte_for_its_owner_only(
    settings: Settings, tmp_path: Path
) -> None:
    content = b"not a record\n"
    folder = batch(tmp_path / "in")
    (folder / "products.csv").write_bytes((folder / "products.csv").read_bytes() + content)
    load(folder, DAY, settings)
    (kept,) = archived(settings)
    assert (kept.folder.name, kept.day, kept.load_id) == ("2026-11-22.000001", DAY, 1)
    for table in TABLES:
        path = kept.folder / f"{table}.csv.gz"
        assert gzip.decompress(path.read_bytes()) == (folder / f"{table}.csv").read_bytes()
        assert path.stat().st_mode & 0o077 == 0
    manifest = json.loads((kept.folder / "manifest.json").read_text())
    assert manifest["files"]["products"]["rejected"] == 1
    kept.check()


def test_same_batch_again_is_archived_once(
    settings: Settings, tmp_path: Path, take_in: Callable[[], None]
) -> None:
    folder = batch(tmp_path / "in")
    load(folder, DAY, settings)
    take_in()
    load(folder, DAY, settings)
    assert names(settings) == ["2026-11-22.000001"]


def test_corrected_batch_is_archived_beside_the_one_that_was_built(
    settings: Settings, tmp_path: Path, take_in: Callable[[], None]
) -> None:
    load(batch(tmp_path / "a"), DAY, settings)
    load(batch(tmp_path / "b", rows=3), DAY, settings)  # the first was never built
    assert names(settings) == ["2026-11-22.000002"]
    take_in()
    load(batch(tmp_path / "c", rows=4), DAY, settings)
    assert names(settings) == ["2026-11-22.000002", "2026-11-22.000003"]


def test_load_that_fails_archives_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> int:
        raise LoaderError("no")

    monkeypatch.setattr(loading, "_record_load", fail)
    with pytest.raises(LoaderError):
        load(batch(tmp_path / "in"), DAY, settings)
    assert names(settings) == []


def test_load_killed_behind_its_commit_is_put_in_place_by_the_next(
    settings: Settings,
    tmp_path: Path,
    take_in: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(archive_writer.ArchiveWriter, "commit", lambda _: None)
        load(batch(tmp_path / "in"), DAY, settings)
    assert names(settings) == [".aside-2026-11-22.000001"]
    (archive.archive_dir(settings) / ".aside-12345").mkdir()
    (archive.archive_dir(settings) / ".aside-2026-11-22.000099").mkdir()  # never committed
    take_in()
    load(batch(tmp_path / "next", rows=3), NEXT_DAY, settings)
    assert names(settings) == ["2026-11-22.000001", "2026-11-23.000002"]


def test_replay_refuses_what_is_not_what_was_archived(settings: Settings, tmp_path: Path) -> None:
    load(batch(tmp_path / "in"), DAY, settings)
    path = archive.archive_dir(settings) / "2026-11-22.000001" / "products.csv.gz"
    path.write_bytes(gzip.compress(b"other"))
    with pytest.raises(LoaderError, match=r"products\.csv\.gz is not what was archived"):
        replay(settings)
    path.write_bytes(b"other")
    with pytest.raises(LoaderError, match="cannot be unpacked"):
        replay(settings)


def test_replay_refuses_a_database_of_other_batches_and_an_empty_archive(
    settings: Settings, tmp_path: Path, take_in: Callable[[], None]
) -> None:
    with pytest.raises(LoaderError, match="holds no batch"):
        replay(settings)
    load(batch(tmp_path / "a"), DAY, settings)
    take_in()
    load(batch(tmp_path / "b", rows=3), NEXT_DAY, settings)
    archived(settings)[0].remove()
    with pytest.raises(LoaderError, match="holds other batches than the archive"):
        replay(settings)


def test_archived_batch_that_is_older_than_a_column_and_a_table_is_read(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered = batch(tmp_path / "in")
    load(delivered, DAY, settings)
    monkeypatch.setitem(TABLES, "products", ("colour", *TABLES["products"]))
    monkeypatch.setitem(TABLES, "shelves", ("shelf_id",))
    (archived_batch,) = archived(settings)
    assert first_to_replay(settings, [archived_batch]) == 0

    loaded = load(archived_batch.folder, DAY, settings)

    assert any("is older than the column colour" in said for said in loaded.warnings)
    assert {scan.table: scan.row_count for scan in loaded.files} == {
        table: 2 for table in TABLES if table != "shelves"
    }
    assert first_to_replay(settings, [archived_batch]) == 0
    assert scrub_batch(archived_batch, Person("customer_id-0", "ERASED000001"))
    assert b"ERASED000001" in gzip.decompress(
        (archived_batch.folder / "customers.csv.gz").read_bytes()
    )
    with pytest.raises(LoaderError, match="lacks colour"):
        load(delivered, DAY, settings)
