"""When a delivered folder is a complete batch."""

import subprocess
from datetime import date
from pathlib import Path

import pytest

from factories.days import a_customer, write_batch
from loader.config.settings import load_settings
from loader.errors import LoaderError
from loader.storage.delivery import local_batch

DAY = date(2025, 3, 1)


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    return write_batch(tmp_path / "batch", customers=[a_customer(1)])


def wait_for(name: str, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("SHOP_LANDING_MARKER", name)


def write_sums(batch: Path, name: str = "SHA256SUMS") -> None:
    files = sorted(path.name for path in batch.glob("*.csv"))
    with (batch / name).open("w") as file:
        subprocess.run(["sha256sum", *files], cwd=batch, stdout=file, check=True)


def test_without_a_marker_a_folder_is_left_to_the_load(batch: Path) -> None:
    (batch / "products.csv").unlink()
    assert local_batch(batch, load_settings(), DAY) == batch


def test_batch_without_its_marker_or_a_file_is_not_complete(
    batch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for("_SUCCESS", monkeypatch)
    with pytest.raises(LoaderError, match=r"not complete, it lacks _SUCCESS \(SHOP_LANDING_MARKER"):
        local_batch(batch, load_settings(), DAY)
    (batch / "_SUCCESS").touch()
    (batch / "products.csv").rename(batch / "products.csv.part")
    with pytest.raises(LoaderError, match=r"it lacks products.csv: nothing was loaded"):
        local_batch(batch, load_settings(), DAY)
    (batch / "products.csv.part").rename(batch / "products.csv.gz")
    assert local_batch(batch, load_settings(), DAY) == batch


@pytest.mark.parametrize("name", ["SHA256SUMS", "batch.sha256"])
def test_files_are_those_that_the_sums_list(
    batch: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for(name, monkeypatch)
    write_sums(batch, name)
    assert local_batch(batch, load_settings(), DAY) == batch

    with (batch / "customers.csv").open("a") as file:
        file.write("\n")
    with pytest.raises(LoaderError, match=f"^customers.csv: not listed in {name}, or another"):
        local_batch(batch, load_settings(), DAY)


def test_file_that_the_sums_do_not_list_is_refused(
    batch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for("SHA256SUMS", monkeypatch)
    write_sums(batch)
    lines = (batch / "SHA256SUMS").read_text().splitlines()
    kept = [line for line in lines if not line.endswith("products.csv")]
    (batch / "SHA256SUMS").write_text("\n".join(kept))
    with pytest.raises(LoaderError, match=r"^products.csv: not listed"):
        local_batch(batch, load_settings(), DAY)


def test_marker_is_a_file_s_name(monkeypatch: pytest.MonkeyPatch) -> None:
    wait_for("../_SUCCESS", monkeypatch)
    with pytest.raises(LoaderError, match=r"^SHOP_LANDING_MARKER is '../_SUCCESS'; write a file's"):
        load_settings()
