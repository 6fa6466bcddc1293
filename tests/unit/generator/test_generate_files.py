"""Generated files: the same arguments give the same bytes, and a batch is there whole or not."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from factories.synthetic_shop import BUSY, DAY, FIRST, TINY, after, content, read, shop
from loader.config.settings import REPOSITORY
from loader.contract import REQUIRED_TABLES
from loader.errors import LoaderError
from loader.generator.batch import Batch
from loader.generator.text import dates, digits, money, strings, to_csv
from loader.generator.write import generate


def test_bytes_do_not_depend_on_process_or_order(tmp_path: Path) -> None:
    for ahead in (3, 1):
        generate(tmp_path / "here", Batch(after(ahead)), TINY)
    for seed in ("0", "1"):
        folder = tmp_path / seed
        command = [sys.executable, "-m", "loader", "generate", "--preset=tiny"]
        subprocess.run(
            [*command, "--landing", str(folder), "--date", str(after(1))],
            check=True,
            cwd=REPOSITORY,
            env=os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": "Asia/Tokyo"},
        )
        assert content(folder / str(after(1))) == content(tmp_path / "here" / str(after(1)))


def test_bytes_are_those_of_every_other_machine(tmp_path: Path) -> None:
    """A change of the shop changes this digest, and so does a Faker with other words."""
    folder = generate(tmp_path, FIRST, TINY)
    digest = hashlib.sha256()
    for table in REQUIRED_TABLES:
        digest.update((folder / f"{table}.csv").read_bytes())
    assert digest.hexdigest()[:16] == "275b0c2e2fa738e4"


def test_bytes_do_not_depend_on_the_pieces_they_are_written_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = generate(tmp_path / "whole", FIRST, TINY)
    monkeypatch.setattr("loader.generator.batch.CHUNK_ITEMS", 1)
    monkeypatch.setattr("loader.generator.text.LINES_AT_ONCE", 2)
    assert content(generate(tmp_path / "pieces", FIRST, TINY)) == content(whole)


def test_numbers_are_written_as_python_writes_them() -> None:
    numbers = [0, 1, 9, 10, 99, 100, 9_999, 10_000, 10_050, 99_999_999, 100_000_000, 2**40]
    for some in (numbers[:1], numbers[:5], numbers[:7], numbers):
        column = np.array(some)
        for least in (1, 3, 4, 5, 11):
            assert strings(digits(column, least)) == [f"{number:0{least}}" for number in some]
        assert strings(money(column)) == [f"{Decimal(number) / 100:.2f}" for number in some]
    none = np.array([], dtype=np.int64)
    assert to_csv(digits(none), money(none), dates(none, DAY), b"India") == b""


def test_another_seed_is_another_shop(tmp_path: Path) -> None:
    one = content(generate(tmp_path / "1", Batch(DAY), TINY))
    seeded = shop(seed=1)
    other = content(generate(tmp_path / "2", Batch(DAY), seeded))
    assert [name for name in one if one[name] == other[name]] == []


def test_manifest_says_what_was_written(tmp_path: Path) -> None:
    folder = generate(tmp_path, FIRST, BUSY)
    written = read(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["settings"]["seed"] == 2024
    for table, rows in written.items():
        file = manifest["files"][f"{table}.csv"]
        assert file["rows"] == len(rows)
        assert file["bytes"] == (folder / f"{table}.csv").stat().st_size
        for column, total in file["true_sums"].items():
            assert Decimal(total) == sum(Decimal(row[column]) for row in rows)
    truth = json.loads((folder / "truth.json").read_text())
    revenue = manifest["files"]["transaction_items.csv"]["true_sums"]["line_total"]
    assert truth["sales"]["revenue_amount"] == revenue
    assert sum(day["orders_in_batch"] for day in truth["days"]) == len(written["transactions"])


def test_batch_made_again_takes_the_place_of_the_first(tmp_path: Path) -> None:
    folder = generate(tmp_path, FIRST, TINY)
    (folder / "extra.csv").write_text("left by hand\n")
    assert generate(tmp_path, Batch(DAY), TINY) == folder
    assert sorted(content(folder)) == sorted(
        [
            "manifest.json",
            "truth.json",
            "truth_customers.jsonl",
            *(f"{table}.csv" for table in REQUIRED_TABLES),
        ]
    )
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_delivered_files_are_not_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / str(DAY)
    folder.mkdir()
    (folder / "customers.csv").write_text("theirs\n")
    with pytest.raises(LoaderError, match="were not generated"):
        generate(tmp_path, Batch(DAY), TINY)
    assert content(folder) == {"customers.csv": b"theirs\n"}


def test_interrupted_batch_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = generate(tmp_path, Batch(DAY), TINY)
    before = content(folder)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("loader.generator.write.truth", interrupt)
    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path, FIRST, TINY)
    assert content(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


@pytest.mark.usefixtures("heard_signals")
def test_killed_batch_is_not_there_and_the_next_one_clears_up(tmp_path: Path) -> None:
    killed = begin_long_batch(tmp_path)
    killed.kill()
    killed.wait()
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(f".{DAY}-")
    interrupted = begin_long_batch(tmp_path, besides=left)
    interrupted.send_signal(signal.SIGINT)
    assert "Aborted!" in interrupted.communicate()[1]
    assert interrupted.returncode == 1
    assert list(tmp_path.iterdir()) == []


def begin_long_batch(landing: Path, besides: Path | None = None) -> subprocess.Popen[str]:
    """Return the process that writes a batch, once it writes."""
    command = [sys.executable, "-m", "loader", "generate", "--preset", "large", "--history", "365"]
    process = subprocess.Popen(
        [*command, "--date", str(DAY), "--landing", str(landing)],
        stderr=subprocess.PIPE, text=True, cwd=REPOSITORY,
    )  # fmt: skip
    while all(path.parent.parent == besides for path in landing.glob(".*/new/transactions.csv")):
        assert process.poll() is None
        time.sleep(0.01)
    return process
