"""What becomes of every file that nobody should deliver."""

import errno
import gzip
import os
import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from factories.bad_files import CASES
from factories.file_cases import TABLE, Case, lines, with_value
from factories.loaded import batch
from loader.config.settings import REPOSITORY
from loader.contract import TABLES
from loader.errors import LoaderError
from loader.ingest.csv import codes
from loader.ingest.csv.body import FileError
from loader.ingest.csv.files import CHUNK_BYTES
from loader.ingest.csv.limits import load_limits
from loader.ingest.csv.scan import scan_file, scan_table
from loader.ingest.load import check

ALL_CODES = {each.code for each in vars(codes).values() if isinstance(each, codes.ErrorCode)}
PRODUCTS = ",".join(TABLES["products"]).encode() + b"\n"


def said(problems: list[FileError]) -> tuple[tuple[int | None, str | None, str], ...]:
    return tuple((problem.line, problem.column, problem.error.code) for problem in problems)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_file_has_its_outcome(tmp_path: Path, case: Case) -> None:
    path = tmp_path / case.file_name
    path.write_bytes(case.content)
    found = scan_file(TABLE, path)
    assert said(list(found.problems)) == case.refused
    if not case.refused:
        assert said([reject.problem for reject in found.rejects]) == case.rejected
        assert found.row_count == case.rows
        assert len(found.warnings) == case.warnings
    for problem in found.problems:
        assert problem.error.message.partition("(")[0].strip()  # a message with its remedy
        assert "ITEM0000" not in str(problem)  # and without a value


def test_corpus_is_large_and_knows_every_code_of_a_line_and_of_a_files_content() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 150
    expected = {code for case in CASES for _, _, code in (*case.rejected, *case.refused)}
    of_paths = {"missing", "not_a_file", "unreadable", "two_forms", "changed", "too_large"}
    known = ALL_CODES - {warning.code for warning in codes.WARNINGS}
    assert known - expected == of_paths
    assert expected <= known


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("nothing", "missing"),
        ("link", "not_a_file"),
        ("dangling link", "not_a_file"),
        ("pipe", "not_a_file"),
        ("folder", "not_a_file"),
        ("device", "not_a_file"),
        ("two forms", "two_forms"),
        ("forbidden", "unreadable"),
        ("too large", "too_large"),
        ("too large, packed", "too_large"),
    ],
)
def test_every_path_that_is_no_plain_file_is_refused(
    tmp_path: Path, kind: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(load_limits(), file_bytes=10_000)
    if kind == "device":
        (problem,) = scan_file(TABLE, Path("/dev/zero"), limits).problems
    else:
        deliver(tmp_path, kind)
        if kind == "forbidden":  # root may read everything
            monkeypatch.setattr(os, "open", deny)
        (problem,) = scan_table(TABLE, tmp_path, limits).problems
    assert problem.error.code == code
    assert ";" in problem.error.message  # what to do stands behind it


def deliver(folder: Path, kind: str) -> None:
    path, content = folder / f"{TABLE}.csv", lines(*[b",,,,,,"] * 2_000)
    match kind:
        case "link" | "dangling link":
            (folder / "real").write_bytes(lines())
            path.symlink_to(folder / ("real" if kind == "link" else "none"))
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "two forms" | "forbidden" | "too large":
            path.write_bytes(content)
    if kind in ("two forms", "too large, packed"):
        path.with_suffix(".csv.gz").write_bytes(gzip.compress(content))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["Customers.csv"], "is missing, but there is Customers.csv; deliver"),
        (["customers_2024-06-03.csv"], "customers_2024-06-03.csv; deliver the file of this batch"),
        (["2024-06-03-customers.csv.gz"], "as customers.csv.gz"),
        (["customers (1).csv", "customers.xlsx"], "customers (1).csv and customers.xlsx; deliver"),
        (["costumers.csv"], "there is costumers.csv; deliver"),
        (["customers.csv.part"], "there is customers.csv.part; deliver"),
        (["orders.csv", "customers", "transactions_2024.csv"], "is missing; all four files"),
    ],
)
def test_file_of_another_name_is_named_where_one_is_missing(
    tmp_path: Path, names: list[str], words: str
) -> None:
    for name in names:
        (tmp_path / name).write_bytes(lines())
    (problem,) = scan_table("customers", tmp_path, load_limits()).problems
    assert problem.error.code == "missing"
    assert words in str(problem)


def test_dated_items_are_not_taken_for_transactions(tmp_path: Path) -> None:
    (tmp_path / "transaction_items_2024-06-03.csv").write_bytes(lines())
    (items,) = scan_table(TABLE, tmp_path, load_limits()).problems
    (transactions,) = scan_table("transactions", tmp_path, load_limits()).problems
    assert "there is transaction_items_2024-06-03.csv" in str(items)
    assert "there is" not in str(transactions)


def deny(*_arguments: object) -> int:
    raise PermissionError(errno.EACCES, "Permission denied")


def test_limits_are_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    short = b"transaction_id\n"
    folder = batch(tmp_path / "in", {"products": PRODUCTS + short * 3})
    assert check(folder).rejected_count == 3
    monkeypatch.setenv("SHOP_MAX_REJECTED_LINES", "2")
    with pytest.raises(LoaderError) as caught:
        check(folder)
    text = str(caught.value)
    assert "products.csv, line 4: has more than 2 rejected lines" in text
    assert text.count("[field_count]") == 3  # the lines themselves are named as well
    monkeypatch.setenv("SHOP_MAX_REJECTED_LINES", "many")
    with pytest.raises(
        LoaderError, match="SHOP_MAX_REJECTED_LINES is 'many'; write a whole number"
    ):
        check(folder)


def test_share_of_rejected_lines_can_be_permitted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = batch(tmp_path / "in", {"products": PRODUCTS + b"x\n" * 20})
    with pytest.raises(LoaderError, match="more than 5 % rejected lines"):
        check(folder)
    monkeypatch.setenv("SHOP_MAX_REJECTED_PCT", "100")
    assert check(folder).rejected_count == 20


def test_file_names_are_shown_without_steering_the_terminal(tmp_path: Path) -> None:
    folder = batch(tmp_path / "in")
    (folder / "a\x1b[31m'; drop table x.csv").write_text("")
    (folder / "Customers.CSV").write_text("")
    (folder / "truth.json").write_text("{}")
    warnings = check(folder).warnings
    assert len(warnings) == 2
    assert "\x1b" not in "".join(warnings)


SCAN = """
import re, sys
from pathlib import Path
from isal import igzip
from loader.ingest.csv.limits import load_limits
from loader.ingest.csv.scan import scan_file
from loader.ingest.csv.stream import Rows, streamed

def use(reading):
    with (
        igzip.open("/dev/null", "wb") as packed,
        streamed(reading, Rows(), packed.write) as stream,
    ):
        while stream.read(1 << 20):
            pass
        stream.check()

found = scan_file("transaction_items", Path(sys.argv[1]), load_limits(), use)
print([problem.error.code for problem in found.problems], found.row_count)
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.parametrize("kind", ["one line of 1 GB", "40 MB of records", "packed", "short"])
def test_memory_does_not_follow_the_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"{TABLE}.csv"
    record = with_value(2, b'"' + b"a\n" * 2000 + b'"')
    if kind == "one line of 1 GB":
        path.write_bytes(lines() + b'"')
        os.truncate(path, 1 << 30)
    elif kind == "packed":
        path = path.with_suffix(".csv.gz")
        path.write_bytes(gzip.compress(lines(*[record] * 10_000), 1))
    elif kind == "short":  # each with a quoted value
        values = [with_value(2, b'"' + b"a" * length + b'"') for length in range(200)]
        path.write_bytes(lines(*random.Random(1).choices(values, k=500_000)))  # noqa: S311
    else:
        path.write_bytes(lines(*[record] * 10_000))
    assert kind == "packed" or path.stat().st_size > 30 * CHUNK_BYTES
    done = subprocess.run(
        [sys.executable, "-c", SCAN, str(path)], capture_output=True, text=True, check=True
    )
    outcome, kilobytes = done.stdout.splitlines()
    expected = {"one line of 1 GB": "['record_too_long'] 0", "short": "[] 500000"}
    assert outcome == expected.get(kind, "[] 10000")
    assert int(kilobytes) < 64 * 1024


def test_every_code_is_in_the_docs() -> None:
    page = (REPOSITORY / "docs/bad-files.md").read_text()
    tables = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| `.*? \|", page, re.MULTILINE))))
    assert tables >= ALL_CODES
