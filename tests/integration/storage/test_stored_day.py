"""A day from object storage to object storage: what readers get, and a backup that comes back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from factories.days import everything, loader
from factories.stored_days import StoredShop


@pytest.mark.usefixtures("first_day")
def test_day_in_object_storage_gives_what_a_day_in_folders_gives(
    stored_shop: StoredShop,
    second_day: Path,
    second_day_run: tuple[str, Path],
    scratch_database: Callable[..., AbstractContextManager[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored_shop.deliver("2025-03-02", second_day)
    stored_shop.run_day("2025-03-02")

    after = everything()
    local = {path.name: path.read_bytes() for path in (second_day_run[1] / "exports").glob("*.csv")}
    exported = {path.name: path for path in stored_shop.settings.exports_dir.glob("*.csv")}
    assert {name: path.read_bytes() for name, path in exported.items()} == local
    stored_shop.assert_published()
    stored_shop.assert_archive_is_copied()
    stored_shop.back_up()
    stored_shop.assert_no_secret_was_written()

    with monkeypatch.context() as patch:
        patch.setenv("SHOP_ARCHIVE_URL", "gs://missing/archive")
        assert "warning: archive after the run: cannot send" in stored_shop.command("run", "report")
    assert "archive failed on" in loader("status").stdout
    stored_shop.command("run", "report")
    assert "archive failed on" not in loader("status").stdout

    with scratch_database(monkeypatch):
        stored_shop.restore_elsewhere()
        assert everything() == after
