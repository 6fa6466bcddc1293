"""Backups in object storage: read back before the files here go, and kept as the setting says."""

import hashlib
import json

import pytest

from factories.object_stores import ObjectStore
from loader.backup.create import backups, check
from loader.backup.remote import fetch_manifests, fetched, send_backups
from loader.config.settings import Settings, load_settings
from loader.errors import LoaderError
from loader.storage.store import Store

NAMES = [f"2025030{number}T020000Z" for number in (1, 2, 3)]


@pytest.fixture
def shop(objects: ObjectStore, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:  # noqa: ARG001
    monkeypatch.setenv("SHOP_BACKUP_URL", f"{objects.url}/backups")
    monkeypatch.setenv("SHOP_KEEP_BACKUPS", "2")
    return load_settings()


def url(shop: Settings) -> str:
    assert shop.backup_url
    return shop.backup_url


def save(shop: Settings, name: str) -> None:
    """Write a backup as `loader backup create` leaves it."""
    folder, content = shop.backups_dir / name, name.encode() * 1000
    folder.mkdir(parents=True)
    (folder / "shop.dump").write_bytes(content)
    saved = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    manifest = {
        "name": name,
        "created_at": "2025-03-01T02:00:00+00:00",
        "server_version": 18,
        "batch_date": "2025-03-01",
        "seconds": 1.0,
        "files": {"shop.dump": saved},
        "tables": {},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


def here(shop: Settings) -> list[str]:
    return sorted(path.parent.name for path in shop.backups_dir.glob("*/shop.dump"))


def test_files_are_there_alone_and_the_oldest_go(shop: Settings, objects: ObjectStore) -> None:
    for name in NAMES:
        save(shop, name)
    assert send_backups(shop, url(shop)) == NAMES
    assert here(shop) == []
    files = ("manifest.json", "shop.dump")
    stored = objects.content("backups")
    assert set(stored) == {f"{name}/{file}" for name in NAMES[1:] for file in files}
    assert send_backups(shop, url(shop)) == []


def test_backup_that_is_read_back_otherwise_stays_here(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(shop, NAMES[0])
    with monkeypatch.context() as patch:
        patch.setattr(Store, "upload", lambda self, _, name: self.write(name, b"half"))
        with pytest.raises(LoaderError, match=r"shop\.dump was read back and is not what was sent"):
            send_backups(shop, url(shop))
    assert here(shop) == NAMES[:1]
    save(shop, NAMES[1])
    assert send_backups(shop, url(shop)) == NAMES[:2]
    assert here(shop) == []


def test_backup_whose_sending_was_stopped_is_none_on_another_machine(
    shop: Settings, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(shop, NAMES[0])
    send_backups(shop, url(shop))
    save(shop, NAMES[1])
    with monkeypatch.context() as patch:
        patch.setattr(Store, "sha256", stopped)
        with pytest.raises(KeyboardInterrupt):
            send_backups(shop, url(shop))
    assert f"{NAMES[1]}/shop.dump" in objects.content("backups")

    monkeypatch.setenv("SHOP_ROOT", str(shop.root / "elsewhere"))
    elsewhere = load_settings()
    fetch_manifests(elsewhere, url(shop))
    (known,) = backups(elsewhere.backups_dir)
    assert known.name == NAMES[0]
    with fetched(elsewhere, url(shop), known):
        check(elsewhere.backups_dir, known)
    assert here(elsewhere) == []


def stopped(_store: Store, _name: str) -> str:
    raise KeyboardInterrupt
