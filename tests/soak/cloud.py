"""Days from storage to storage, for Google's, Amazon's and Azure's kind of it, and killed uploads.

Not part of the suite, because two of the servers are large and installed apart: make cloud-test
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from factories.days import everything, loader
from factories.object_stores import ObjectStore, amazon, azure, google, published
from factories.stored_days import StoredShop
from loader.config.settings import REPOSITORY, Settings

STORES: dict[str, Callable[[], AbstractContextManager[ObjectStore]]] = {
    "google": google,
    "amazon": amazon,
    "azure": azure,
}
KILLS = 20
QUICK = 10  # seconds
LARGE = 24 << 20  # more than one part of an upload
FILES = 8
PUBLISH = """
import sys
from datetime import date
from pathlib import Path
from loader.config.settings import load_settings
from loader.storage.publish import publish
from loader.storage.store import Store
folder, number = Path(sys.argv[2]), int(sys.argv[3])
names = [path.name for path in folder.iterdir()]
attempted = Store._attempted
def told(self, *arguments):
    print(arguments[0], flush=True)
    return attempted(self, *arguments)
Store._attempted = told
print(publish(sys.argv[1], folder, names, (number, date(2025, 3, 1)), load_settings()))
"""
UPLOAD = """
import re, sys
from pathlib import Path
from loader.config.places import parse_location
from loader.storage.store import Store
store, path = Store(parse_location(sys.argv[1])), Path(sys.argv[2])
store.upload(path, "small")
store.sha256("small")
def peak():  # of this program: getrusage counts what the one that started it had
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = peak()
store.upload(Path(sys.argv[3]), "large")
assert store.sha256("large") == sys.argv[4]
store.download("large", Path(sys.argv[3] + ".back"))
print(peak() - before)
"""


@pytest.fixture(params=STORES, scope="module")
def store(request: pytest.FixtureRequest) -> Iterator[ObjectStore]:
    """Yield each kind of storage, running."""
    with STORES[request.param]() as running:
        yield running


@pytest.mark.usefixtures("own_dbt_target")
def test_two_days_and_a_restore_give_what_folders_give(
    store: ObjectStore,
    settings: Settings,
    first_day_run: tuple[str, Path],
    second_day_run: tuple[str, Path],
    scratch_database: Callable[..., AbstractContextManager[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with scratch_database(monkeypatch, second_day_run[0]):
        in_folders = everything()
    shop = StoredShop(store, settings, monkeypatch)
    shop.deliver("2025-03-01", first_day_run[1] / "batch")
    shop.deliver("2025-03-02", second_day_run[1] / "batch")
    with scratch_database(monkeypatch):
        for day in ("2025-03-01", "2025-03-02"):
            shop.run_day(day)
            shop.assert_published()
            shop.assert_archive_is_copied()
        assert everything() == in_folders
        stored = published(f"{store.url}/exports")
        local = {path.name: path for path in (second_day_run[1] / "exports").glob("*.csv")}
        assert local
        assert {name: stored[name] for name in local} == {
            name: path.read_bytes() for name, path in local.items()
        }
        shop.back_up()
        shop.assert_no_secret_was_written()
    with scratch_database(monkeypatch):
        shop.restore_elsewhere()
        assert everything() == in_folders
        assert "was restored and is what was saved" in shop.command("backup", "drill")
        (saved,) = settings.backups_dir.iterdir()
        assert {path.name for path in saved.iterdir()} == {"manifest.json", "drill.json"}
    with scratch_database(monkeypatch):
        shop.replay_elsewhere()
        assert everything() == in_folders


class Reader(threading.Thread):
    """Follow the pointer again and again, and collect what was seen."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.is_over = threading.Event()
        self.seen: list[set[bytes]] = []
        self.failures: list[BaseException] = []

    def run(self) -> None:
        while not self.is_over.is_set():
            try:
                found = published(self._url)
                self.seen.append({content[:8] for content in found.values()})
                assert len(found) in (0, FILES)
            except BaseException as failure:  # noqa: BLE001  (the test shows it)
                self.failures.append(failure)


def _generation(folder: Path, number: int) -> Path:
    """Write the files of a publication: each begins with its number."""
    folder.mkdir(exist_ok=True)
    for one in range(FILES):
        size = LARGE if one == FILES // 2 else 1 << 16
        (folder / f"{one}.csv").write_bytes(b"%08d" % number + os.urandom(size))
    return folder


def test_reader_sees_whole_publications_while_uploads_are_killed(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.use(monkeypatch)
    url = f"{store.url}/killed"

    def start(number: int) -> subprocess.Popen[str]:
        folder = _generation(tmp_path / "site", number)
        command = [sys.executable, "-c", PUBLISH, url, str(folder), str(number)]
        return subprocess.Popen(command, cwd=REPOSITORY, text=True, stdout=subprocess.PIPE)

    said, _ = start(1).communicate()
    operations = len(said.splitlines()) - 1
    assert operations > FILES
    reader = Reader(url)
    reader.start()
    unfinished = 0
    for point in range(KILLS):
        before = published(url)
        running = start(point + 2)
        assert running.stdout
        for _ in range(1 + point * operations // KILLS):
            running.stdout.readline()
        time.sleep(0.02 * (point % 3))  # before the operation, or in the midst of it
        running.kill()
        running.communicate()
        after = published(url)
        unfinished += after == before
        assert len({content[:8] for content in after.values()}) == 1
    start(99).communicate()
    reader.is_over.set()
    reader.join()
    assert published(url)["0.csv"][:8] == b"00000099"
    assert not reader.failures, reader.failures[:3]
    assert all(len(seen) <= 1 for seen in reader.seen)
    assert unfinished >= KILLS // 2
    names = {name.split("/")[1] for name in store.content("killed") if "/" in name}
    assert len(names) <= 7
    print(f"{unfinished} of {KILLS} killed before the pointer; {len(reader.seen)} looks")  # noqa: T201


def test_large_file_travels_in_constant_memory(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.use(monkeypatch)
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(os.urandom(1 << 20))
    with large.open("wb") as file:
        for _ in range(200):
            file.write(os.urandom(1 << 20))
    digest = subprocess.run(["sha256sum", large], capture_output=True, text=True, check=True)
    command = [sys.executable, "-c", UPLOAD, f"{store.url}/large", str(small), str(large)]
    done = subprocess.run(
        [*command, digest.stdout.split()[0]],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    grown = int(done.stdout) >> 10
    assert (tmp_path / "large.back").read_bytes() == large.read_bytes()
    assert grown < 80, f"{grown} MB for a file of 200 MB"
    print(f"{grown} MB more for a file of 200 MB")  # noqa: T201


@pytest.mark.parametrize(
    ("kind", "variable", "wrong"),
    [
        ("amazon", "AWS_SECRET_ACCESS_KEY", "pl4nted"),
        ("azure", "AZURE_STORAGE_KEY", "cGw0bnRlZA=="),
        ("azure", "AZURE_STORAGE_SAS_TOKEN", "?sv=2020-08-04&sig=pl4nted"),
    ],
)
def test_wrong_credentials_are_one_line_that_quotes_none(
    kind: str, variable: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with STORES[kind]() as running:
        running.use(monkeypatch)
        monkeypatch.delenv("AZURE_STORAGE_KEY", raising=False)
        monkeypatch.setenv(variable, wrong)
        started = time.monotonic()
        done = loader("check", "--files-only", f"{running.url}/drop")
        assert time.monotonic() - started < QUICK  # nothing is tried again
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: cannot list {running.url}/drop: ")
    assert done.stderr.count("\n") == 1
    assert "pl4nted" not in done.stderr
    assert "cGw0" not in done.stderr


def test_store_that_does_not_answer_is_one_line_after_all_attempts(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with amazon() as running:
        running.use(monkeypatch)
    monkeypatch.setenv("SHOP_ATTEMPTS", "2")
    monkeypatch.setenv("SHOP_RETRY_WAIT", "0.1")
    done = loader("check", "--files-only", f"{running.url}/drop")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: cannot list {running.url}/drop: ")
    assert "NETWORK_CONNECTION" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not settings.landing_dir.exists()
