"""Days of a shop whose landing, exports, dashboards and backups lie in object storage."""

import hashlib
import shutil
from pathlib import Path

import pytest

from factories.days import loader, query
from factories.object_stores import ObjectStore, published
from loader.config.places import parse_location
from loader.config.settings import Settings
from loader.storage.store import Store

MARKER = "SHA256SUMS"


class StoredShop:
    """Run a shop's commands with all places in one store; collect what they print."""

    def __init__(self, objects: ObjectStore, settings: Settings, patch: pytest.MonkeyPatch) -> None:
        self.objects, self.settings, self.printed = objects, settings, ""
        objects.use(patch)
        for name, place in {
            "SHOP_LANDING": "drop/{date}",
            "SHOP_EXPORTS_URL": "exports",
            "SHOP_SITE_URL": "site",
            "SHOP_ARCHIVE_URL": "archive",
            "SHOP_BACKUP_URL": "backups",
        }.items():
            patch.setenv(name, f"{objects.url}/{place}")
        patch.setenv("SHOP_LANDING_MARKER", MARKER)

    def deliver(self, day: str, batch: Path) -> None:
        """Send a batch's files, and their sums last."""
        store = Store(parse_location(f"{self.objects.url}/drop/{day}"))
        lines = []
        for path in sorted(batch.iterdir()):
            store.upload(path, path.name)
            lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")
        store.write(MARKER, "".join(lines).encode())

    def command(self, *arguments: str) -> str:
        """Run a command that must succeed, and return what it prints."""
        done = loader(*arguments)
        self.printed += done.stdout + done.stderr
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
        return done.stdout

    def run_day(self, day: str) -> None:
        """Take the day from the store through all steps."""
        landing = f"{self.objects.url}/drop/{day}"
        said = self.command("run", "--date", day, "--landing", landing)
        assert f"fetched {self.objects.url}/drop/{day}" in said

    def assert_published(self) -> None:
        """Compare what a reader of the store gets with the folders here, byte by byte."""
        exports, site = self.settings.exports_dir, self.settings.site_dir
        stored = published(f"{self.objects.url}/exports")
        assert {name for name in stored if name.endswith(".csv")} == {
            path.name for path in exports.glob("*.csv")
        }
        assert stored == {name: (exports / name).read_bytes() for name in stored}
        pages = {str(path.relative_to(site)): path for path in site.rglob("*") if path.is_file()}
        assert published(f"{self.objects.url}/site") == {
            name: path.read_bytes() for name, path in pages.items()
        }

    def assert_archive_is_copied(self) -> None:
        """Compare the copy of the archive with the archive."""
        archive = self.settings.root / "archive"
        files = [path for path in archive.rglob("*") if path.is_file() and path.name[0] != "."]
        here = {str(path.relative_to(archive)): path.read_bytes() for path in files}
        assert here == self.objects.content("archive")

    def replay_elsewhere(self) -> None:
        """Rebuild an empty database on a machine whose archive is lost."""
        shutil.rmtree(self.settings.root / "archive")
        assert "fetched 2 batches from " in self.command("replay")

    def back_up(self) -> str:
        """Make a backup, whose files are in the store alone; return its name."""
        self.command("backup", "create")
        (saved,) = self.settings.backups_dir.iterdir()
        assert [path.name for path in saved.iterdir()] == ["manifest.json"]
        stored = {name for name in self.objects.content("backups") if name.startswith(saved.name)}
        files = ("archive.tar", "manifest.json", "shop.dump")
        assert stored == {f"{saved.name}/{name}" for name in files}
        return saved.name

    def restore_elsewhere(self) -> None:
        """Restore the newest backup on a machine that has nothing, into an empty database."""
        shutil.rmtree(self.settings.backups_dir)
        shutil.rmtree(self.settings.root / "archive")
        assert "restored " in self.command("backup", "restore")
        assert list((self.settings.root / "archive").iterdir())

    def assert_no_secret_was_written(self) -> None:
        """Look for the store's secrets in all files, in what was printed, and on record."""
        records = [
            str(row)
            for (table,) in query("select tablename from pg_tables where schemaname = 'ops'")
            for row in query(f"select t::text from ops.{table} as t")
        ]
        assert records
        paths = [path for path in self.settings.root.rglob("*") if path.is_file()]
        assert len([path for path in paths if path.suffix == ".jsonl"]) >= 1
        for secret in self.objects.secrets:
            assert secret not in self.printed + "".join(records)
            assert not [path for path in paths if secret.encode() in path.read_bytes()]


@pytest.fixture
def stored_shop(
    objects: ObjectStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> StoredShop:
    """Return a shop with all its places in a store of Google's kind."""
    return StoredShop(objects, settings, monkeypatch)
