"""The archive's copy in object storage: it follows the archive, and gives it back when lost."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from factories.days import a_customer, write_batch
from factories.object_stores import ObjectStore
from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.ingest.archive import archive_dir, archived
from loader.ingest.load import load
from loader.ingest.mirror import fetch_archive, mirror_archive
from loader.storage.store import Store

FIRST, SECOND = "2025-03-01.000001", "2025-03-02.000002"


class Mirrored:
    """Hold a shop with two archived batches, and the place of their copy."""

    def __init__(
        self, settings: Settings, objects: ObjectStore, take_in: Callable[[], None]
    ) -> None:
        self.settings, self.objects, self.url = settings, objects, f"{objects.url}/archive"
        self._take_in = take_in
        self.load(1)
        self.load(2)

    def load(self, number: int) -> None:
        folder = self.settings.root / f"drop{number}"
        write_batch(folder, customers=[a_customer(number)])
        load(folder, date(2025, 3, number), self.settings)
        self._take_in()

    def mirror(self) -> list[str]:
        return mirror_archive(self.settings, self.url)

    def here(self) -> dict[str, bytes]:
        folder = archive_dir(self.settings)
        paths = (path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")
        return {str(path.relative_to(folder)): path.read_bytes() for path in paths}

    def there(self) -> dict[str, bytes]:
        return self.objects.content("archive")


@pytest.fixture
def shop(
    database: str,  # noqa: ARG001
    settings: Settings,
    objects: ObjectStore,
    take_in: Callable[[], None],
) -> Mirrored:
    return Mirrored(settings, objects, take_in)


def test_batches_are_sent_once(shop: Mirrored) -> None:
    assert shop.mirror() == [FIRST, SECOND]
    assert shop.there() == shop.here()
    assert len(shop.there()) == 10
    assert shop.mirror() == []


def test_what_was_sent_is_known_without_a_record_of_it(shop: Mirrored) -> None:
    shop.mirror()
    (archive_dir(shop.settings) / ".sent.json").unlink()
    assert shop.mirror() == []


def test_batch_whose_sending_was_stopped_is_none_and_is_sent_again(
    shop: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.mirror()
    first, _ = archived(shop.settings)
    manifest = json.loads((first.folder / "manifest.json").read_text())
    (first.folder / "manifest.json").write_text(json.dumps(manifest | {"erased": 1}))
    upload = Store.upload

    def stopped(self: Store, source: Path, name: str) -> None:
        if name.endswith("products.csv.gz"):
            raise KeyboardInterrupt
        upload(self, source, name)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "upload", stopped)
        with pytest.raises(KeyboardInterrupt):
            shop.mirror()
    assert f"{FIRST}/customers.csv.gz" in shop.there()
    assert f"{FIRST}/manifest.json" not in shop.there()
    assert shop.mirror() == [FIRST]
    assert shop.there() == shop.here()


def test_batch_that_was_changed_or_taken_out_is_so_in_the_copy(shop: Mirrored) -> None:
    shop.mirror()
    first, second = archived(shop.settings)
    manifest = json.loads((first.folder / "manifest.json").read_text())
    (first.folder / "manifest.json").write_text(json.dumps(manifest | {"erased": 1}))
    (first.folder / "customers.csv.gz").write_bytes(b"anonymous")
    second.remove()
    assert shop.mirror() == [FIRST]
    assert shop.there() == shop.here()
    assert {name.partition("/")[0] for name in shop.there()} == {FIRST}


def test_copy_is_not_emptied_by_a_lost_archive_and_gives_it_back(shop: Mirrored) -> None:
    shop.mirror()
    before = shop.here()
    shutil.rmtree(archive_dir(shop.settings))
    with pytest.raises(LoaderError, match=f"2 batches that archive/ lacks \\({FIRST}, {SECOND}\\)"):
        shop.mirror()
    assert shop.there() == before

    assert fetch_archive(shop.settings, shop.url) == [FIRST, SECOND]
    assert shop.here() == before
    for batch in archived(shop.settings):
        batch.check()
        assert batch.folder.stat().st_mode & 0o077 == 0
    assert shop.mirror() == []


def test_batches_of_a_shop_that_began_anew_leave_the_others_alone(shop: Mirrored) -> None:
    shop.mirror()
    before = shop.there()
    shutil.rmtree(archive_dir(shop.settings))
    shop.load(3)
    with pytest.raises(LoaderError, match="is SHOP_ARCHIVE_URL the place of another shop"):
        shop.mirror()
    assert {name: shop.there()[name] for name in before} == before
    assert len(shop.there()) == 15
