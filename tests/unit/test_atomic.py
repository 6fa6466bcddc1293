"""Files and folders are written whole or not at all, and a lock keeps a second process out."""

import multiprocessing
from pathlib import Path

import pytest

from loader.atomic import atomic_file, file_lock, write_text


def write_half(target: Path) -> None:
    with atomic_file(target) as staging:
        staging.write_text("half")
        raise OSError("disk full")


def test_failed_write_leaves_the_former_file_and_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    write_text(target, "previous")
    with pytest.raises(OSError, match="disk full"):
        write_half(target)
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
    assert target.read_text() == "previous"


def test_file_is_written_to_a_folder_that_was_not_there(tmp_path: Path) -> None:
    write_text(tmp_path / "exports" / "page.html", "é")
    assert (tmp_path / "exports" / "page.html").read_bytes() == "é".encode()


def try_lock(path: Path) -> None:
    with file_lock(path):
        pass


@pytest.mark.parametrize("is_folder", [False, True])
def test_locked_path_keeps_another_process_out_until_it_is_released(
    tmp_path: Path, *, is_folder: bool
) -> None:
    path = tmp_path if is_folder else tmp_path / "lock"
    with file_lock(path):
        assert _exit_code_of_another(path) != 0
    assert _exit_code_of_another(path) == 0


def _exit_code_of_another(path: Path) -> int | None:
    other = multiprocessing.get_context("fork").Process(target=try_lock, args=(path,))
    other.start()
    other.join()
    return other.exitcode
