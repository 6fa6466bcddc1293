"""Batches in object storage: fetched whole or not at all, and told apart from what is not one."""

import hashlib
from datetime import date
from pathlib import Path

import pytest

from factories.days import a_customer, write_batch
from factories.object_stores import ObjectStore
from loader.config.places import parse_location
from loader.config.settings import Settings, load_settings
from loader.contract import REQUIRED_TABLES, file_name
from loader.errors import LoaderError
from loader.storage.delivery import local_batch
from loader.storage.store import Store

DAY = date(2025, 3, 1)


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    return write_batch(tmp_path / "drop", customers=[a_customer(1)])


@pytest.fixture
def store(objects: ObjectStore) -> Store:
    return Store(parse_location(f"{objects.url}/drop/2025-03-01"))


def deliver(store: Store, folder: Path) -> None:
    for path in folder.iterdir():
        store.upload(path, path.name)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_batch_is_fetched_to_landing_as_it_was_delivered(
    store: Store, batch: Path, settings: Settings
) -> None:
    deliver(store, batch)
    store.write("notes.pdf", b"of no concern")
    store.write("older/customers.csv", b"of no concern")
    assert local_batch(store.location, settings, DAY) == settings.landing_dir / "2025-03-01"
    assert contents(settings.landing_dir / "2025-03-01") == contents(batch)


@pytest.mark.parametrize("table", REQUIRED_TABLES)
def test_batch_that_lacks_a_file_is_not_fetched(
    store: Store, batch: Path, settings: Settings, table: str
) -> None:
    (batch / file_name(table)).unlink()
    deliver(store, batch)
    with pytest.raises(
        LoaderError, match=f"/drop/2025-03-01 is not complete, it lacks {table}.csv"
    ):
        local_batch(store.location, settings, DAY)
    assert not settings.landing_dir.exists()


def test_empty_place_is_asked_about(store: Store, settings: Settings) -> None:
    with pytest.raises(LoaderError, match="nothing at all is there: is the place right"):
        local_batch(store.location, settings, DAY)


def test_batch_waits_for_its_marker_and_is_compared_with_its_sums(
    store: Store, batch: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not settings.landing_marker
    monkeypatch.setenv("SHOP_LANDING_MARKER", "SHA256SUMS")
    deliver(store, batch)
    with pytest.raises(LoaderError, match="it lacks SHA256SUMS"):
        local_batch(store.location, load_settings(), DAY)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in contents(batch).items()}
    store.write("SHA256SUMS", "".join(f"{sums[name]}  {name}\n" for name in sums).encode())
    folder = local_batch(store.location, load_settings(), DAY)

    store.write("customers.csv", b"half")
    with pytest.raises(LoaderError, match=r"^customers.csv: not listed"):
        local_batch(store.location, load_settings(), DAY)
    assert (folder / "customers.csv").read_bytes() == (batch / "customers.csv").read_bytes()


def test_batch_that_changes_while_it_is_fetched_is_refused(
    store: Store, batch: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(store, batch)
    download = Store.download

    def slow(self: Store, name: str, target: Path) -> str:
        found = download(self, name, target)
        if name == "customers.csv":
            self.write("customers.csv", b"another delivery")
        return found

    monkeypatch.setattr(Store, "download", slow)
    with pytest.raises(LoaderError, match="changed while it was fetched"):
        local_batch(store.location, settings, DAY)
    assert not (settings.landing_dir / "2025-03-01").exists()


def test_bucket_that_is_not_there_is_one_clear_line(objects: ObjectStore, tmp_path: Path) -> None:
    missing = Store(parse_location(objects.url.replace("//shop", "//missing")))
    (tmp_path / "x").write_text("x")
    with pytest.raises(
        LoaderError, match=r"^cannot send gs://missing/.*/x: the object or its bucket is not"
    ):
        missing.upload(tmp_path / "x", "x")
