"""Publications in object storage: whole for who follows the pointer, whatever is stopped when."""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from factories.object_stores import ObjectStore, published
from loader.config.places import parse_location
from loader.config.settings import Settings, load_settings
from loader.errors import LoaderError, TransientError
from loader.storage.publish import keep_newest, publish
from loader.storage.store import Store

DAY = date(2025, 3, 1)


class Killed(BaseException):
    """Stand for a process that ends here and now."""


class Shop:
    """Publish small folders, each with a file that changes and one that stays."""

    def __init__(self, url: str, folder: Path, settings: Settings) -> None:
        self.url, self.folder, self.settings = url, folder, settings

    def files(self, number: int) -> dict[str, bytes]:
        return {
            "index.html": b"<p>%d" % number,
            "data/cube.js": b"cube(%d)" % number * 999,
            "style.css": b"always the same",
        }

    def publish(self, number: int) -> str:
        for name, content in self.files(number).items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(content)
        names = list(self.files(number))
        return str(publish(self.url, self.folder, names, (number, DAY), self.settings))

    def pointer(self, objects: ObjectStore) -> dict[str, object]:
        found: dict[str, object] = json.loads(objects.content("site")["current.json"])
        return found


@pytest.fixture
def shop(objects: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("SHOP_KEEP_PUBLICATIONS", "2")
    return Shop(f"{objects.url}/site", tmp_path / "site", load_settings())


@contextmanager
def killed_at(number: int) -> Iterator[None]:
    """End the block at the store's operation of that number.

    An object that is written to is empty then, as Azure leaves it.
    """
    attempted: Callable[..., object] = Store._attempted  # noqa: SLF001
    count = itertools.count()

    def emptied(self: Store, name: str, *_: object) -> object:
        self._files.open_output_stream(self._path(name)).close()
        raise Killed

    with pytest.MonkeyPatch.context() as patch:

        def attempt(self: Store, doing: str, name: str, work: Callable[[], object]) -> object:
            if next(count) == number:
                patch.setattr(Store, "_opened", emptied)
                if doing in ("cannot send", "cannot replace"):
                    work()
                raise Killed
            return attempted(self, doing, name, work)

        patch.setattr(Store, "_attempted", attempt)
        yield


def test_publication_killed_anywhere_shows_the_one_before_or_itself(
    shop: Shop, objects: ObjectStore
) -> None:
    shown = []
    for point in itertools.count():
        shop.url = f"{objects.url}/killed_at_{point}"
        shop.publish(1)
        try:
            with killed_at(point):
                shop.publish(2)
        except Killed:
            found = published(shop.url)
            assert found in (shop.files(1), shop.files(2))
            shown.append(found == shop.files(2))
        else:
            break
        shop.publish(2)
        assert published(shop.url) == shop.files(2)
    assert len(shown) >= 12
    assert {True, False} == set(shown)


def test_what_did_not_change_is_copied_by_the_store(shop: Shop) -> None:
    assert shop.publish(1).endswith(": 3 files sent, 0 copied there")
    assert shop.publish(2).endswith(": 2 files sent, 1 copied there")
    assert shop.publish(2).endswith(" has these files")


def test_object_that_was_lost_is_sent_again(shop: Shop, objects: ObjectStore) -> None:
    shop.publish(1)
    prefix = str(shop.pointer(objects)["prefix"])
    Store(parse_location(shop.url)).remove(f"{prefix}/data")
    assert shop.publish(1).endswith(": 1 files sent, 0 copied there")
    assert published(shop.url) == shop.files(1)


def test_old_publications_expire_and_never_the_newest(shop: Shop, objects: ObjectStore) -> None:
    for number in (5, 6, 1):  # a shop that began anew counts from 1 again
        shop.publish(number)
    pointer = shop.pointer(objects)
    kept = {name.rpartition("/")[0] for name in objects.content("site") if name.endswith(".html")}
    assert kept == {"", str(pointer["prefix"]), *pointer["previous"]}  # type: ignore[misc]
    assert published(shop.url) == shop.files(1)
    assert pointer["publication_id"] == 1
    assert [str(name)[:19] for name in pointer["previous"]] == ["publications/000006"]  # type: ignore[attr-defined]


def test_page_leads_to_the_newest_publication(shop: Shop, objects: ObjectStore) -> None:
    for number in (1, 2):
        shop.publish(number)
        page = objects.content("site")["index.html"].decode()
        assert f"url={shop.pointer(objects)['prefix']}/index.html" in page


def test_only_the_newest_stays_after_an_erasure(shop: Shop, objects: ObjectStore) -> None:
    shop.publish(1)
    shop.publish(2)
    keep_newest(shop.url)
    assert shop.pointer(objects)["previous"] == []
    assert not [name for name in objects.content("site") if name.startswith("publications/000001")]
    assert published(shop.url) == shop.files(2)


def test_pointer_that_cannot_be_read_stops_before_anything_is_sent(
    shop: Shop, objects: ObjectStore
) -> None:
    Store(parse_location(shop.url)).write("current.json", b"not ours")
    before = objects.content()
    with pytest.raises(LoaderError, match=r"current.json is no pointer to a publication"):
        shop.publish(1)
    assert objects.content() == before


def test_transient_errors_are_tried_again_and_end_as_one_line(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_RETRY_WAIT", "0")
    opened: Callable[..., object] = Store._opened  # noqa: SLF001
    failing: Iterator[bool] = itertools.chain([True] * 3, itertools.repeat(False))

    def flaky(self: Store, *arguments: object) -> object:
        if next(failing):
            raise OSError("AWS Error NETWORK_CONNECTION during PutObject operation")
        return opened(self, *arguments)

    monkeypatch.setattr(Store, "_opened", flaky)
    shop.publish(1)
    assert published(shop.url) == shop.files(1)

    failing = itertools.repeat(True)
    with pytest.raises(LoaderError, match=r"^cannot send .*: AWS Error NETWORK_CONN") as caught:
        shop.publish(2)
    assert not isinstance(caught.value, TransientError)  # a run would try the step again
    assert published(shop.url) == shop.files(1)
