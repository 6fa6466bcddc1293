"""Delivered files without a person: their rows change, every other byte stays."""

import gzip
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from loader.contract import TABLES
from loader.ingest.anonymize import EVERYTHING, scrub_batch, scrub_file
from loader.ingest.archive import ArchivedBatch, described, write_manifest
from loader.ingest.csv.scan import scan_file
from loader.ingest.person import Person

PERSON = Person("CUST0001", "ERASED000001", frozenset({"planted@example.com"}))
HEADER = ",".join(TABLES["transactions"])
OTHER = 'TXN2,CUST00010,2025-03-01,10:00,UPI,"1 Main Street\n""Pune""",5'


def packed(folder: Path, content: str) -> Path:
    path = folder / "transactions.csv.gz"
    path.write_bytes(gzip.compress(content.encode()))
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_of_the_person_become_anonymous_and_no_other_byte_changes(
    tmp_path: Path, end: str
) -> None:
    theirs = 'TXN1, CUST0001 ,2025-03-01,10:00,UPI,"7 Planted\nLane, ""A""",9.50'
    content = end.join(
        [HEADER, OTHER, theirs, "", "CUST0001", "planted@example.com,", "CUST00010", OTHER, ""]
    )
    path = packed(tmp_path, content)
    assert scrub_file("transactions", path, PERSON)
    anonymous = "TXN1,ERASED000001,2025-03-01,10:00,UPI,,9.50"
    expected = end.join([HEADER, OTHER, anonymous, "", "erased", "erased", "CUST00010", OTHER, ""])
    assert gzip.decompress(path.read_bytes()).decode() == expected
    assert path.stat().st_mode & 0o077 == 0
    found = scan_file("transactions", path)
    assert (found.row_count, len(found.rejects), found.problems) == (3, 4, ())


def test_file_without_the_person_is_left_alone(tmp_path: Path) -> None:
    # an id that begins like theirs is another's
    path = packed(tmp_path, f"{HEADER}\n{OTHER}\n")
    before = path.read_bytes()
    assert not scrub_file("transactions", path, PERSON)
    assert path.read_bytes() == before


@pytest.mark.parametrize("end", ["", "\x1a"])
def test_last_row_without_line_end_stays_a_row(tmp_path: Path, end: str) -> None:
    header = ",".join(reversed(TABLES["transactions"]))
    theirs, others = "1,x,UPI,10:00,2025-03-01,CUST0001", "2,y,UPI,10:00,2025-03-01,CUST0002"
    path = packed(tmp_path, f"{header}\n{theirs},TXN1\n{others},TXN1{end}")
    before = scan_file("transactions", path)
    assert scrub_file("transactions", path, PERSON)
    after = scan_file("transactions", path)
    assert (after.row_count, after.warnings) == (before.row_count, ()) == (2, ())


def test_person_in_the_last_row_without_line_end(tmp_path: Path) -> None:
    rows = "TXN1,CUST0002,2025-03-01,10:00,UPI,x,1\nTXN2,CUST0001,2025-03-01,10:00,UPI,x,1"
    path = packed(tmp_path, f"{HEADER}\n{rows}")
    assert scrub_file("transactions", path, PERSON)
    assert gzip.decompress(path.read_bytes()).endswith(
        b"\nTXN2,ERASED000001,2025-03-01,10:00,UPI,,1\n"
    )
    assert scan_file("transactions", path).row_count == 2


@pytest.mark.parametrize(
    "written",
    ["CUST0001\t", "CUST0001\u00a0", "CU\u200bST0001", '" CUST0001\n"', "\u061cCUST0001\x01"],
)
def test_person_is_found_however_their_id_was_written(tmp_path: Path, written: str) -> None:
    row = "TXN1,{},2025-03-01,10:00,UPI,x,1\n"
    content = f"{HEADER}\n{OTHER}\n{row.format(written)}{written},x\n"
    path = packed(tmp_path, content)
    assert scrub_file("transactions", path, PERSON)
    content = gzip.decompress(path.read_bytes()).decode()
    anonymous = "TXN1,ERASED000001,2025-03-01,10:00,UPI,,1\n"
    assert content.startswith(f"{HEADER}\n{OTHER}\n{anonymous}")
    assert "CUST0001" not in content.replace("CUST00010", "").replace("\u200b", "")


def test_composed_and_decomposed_ids_and_ids_with_spaces_or_quotes_are_one(tmp_path: Path) -> None:
    for number, (written, meant) in enumerate(
        [("Cafe\u0301", "Caf\u00e9"), ('"A\nB"', "A B"), ('"A  ""1"""', 'A "1"')]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = packed(folder, f"{HEADER}\nTXN1,{written},2025-03-01,10:00,UPI,x,1\n")
        assert scrub_file("transactions", path, Person(meant, "ERASED000002"))
        assert b"TXN1,ERASED000002,2025-03-01,10:00,UPI,," in gzip.decompress(path.read_bytes())


def test_broken_line_names_the_person_by_a_value_in_another_case_or_quoted(tmp_path: Path) -> None:
    lines = ["x,PLANTED@example.com", 'x,"7 ""Planted"" Lane"', "y", "z,caf\u00e9"]
    path = packed(tmp_path, "\n".join([HEADER, OTHER, *lines, ""]))
    person = Person("CUST0001", "ERASED000001", PERSON.values | {'7 "Planted" Lane'})
    assert scrub_file("transactions", path, person)
    expected = f"{HEADER}\n{OTHER}\nerased\nerased\ny\nz,caf\u00e9\n"
    assert gzip.decompress(path.read_bytes()).decode() == expected


def test_large_value_of_another_customer_is_no_obstacle(tmp_path: Path) -> None:
    large = f"TXN2,CUST0002,2025-03-01,10:00,UPI,{'\u00e9' * 200_000},5\n"
    path = packed(tmp_path, f"{HEADER}\n{large}TXN1,CUST0001,2025-03-01,10:00,UPI,x,1\n")
    assert scrub_file("transactions", path, PERSON)
    assert large.encode() in gzip.decompress(path.read_bytes())


def test_scrubbing_stopped_before_the_manifest_is_finished_by_the_next(tmp_path: Path) -> None:
    for table, columns in TABLES.items():
        header = ",".join(columns).encode()
        (tmp_path / f"{table}.csv.gz").write_bytes(gzip.compress(header + b"\n"))
    path = packed(tmp_path, f"{HEADER}\nTXN1,CUST0001,2025-03-01,10:00,UPI,x,1\n")
    files = {
        table: described(scan_file(table, tmp_path / f"{table}.csv.gz", EVERYTHING))
        for table in TABLES
    }
    write_manifest(tmp_path, date(2025, 3, 1), 1, files)
    batch = ArchivedBatch(tmp_path, date(2025, 3, 1), 1, files)
    scrub_file("transactions", path, PERSON)
    (tmp_path / ".customers.csv.gz").write_bytes(b"of another person")

    scrubbed = scrub_batch(batch, PERSON)

    entries = json.loads((tmp_path / "manifest.json").read_text())["files"]
    replace(batch, files=entries).check()
    assert scrubbed.items() <= entries.items()
    assert scrub_batch(replace(batch, files=entries), PERSON) == scrubbed
    assert [found.name for found in tmp_path.iterdir() if found.name.startswith(".")] == []


def test_scrubbing_twice_gives_the_same_file(tmp_path: Path) -> None:
    path = packed(tmp_path, f"{HEADER}\nTXN1,CUST0001,2025-03-01,10:00,UPI,x,1\n")
    assert scrub_file("transactions", path, PERSON)
    once = path.read_bytes()
    assert scrub_file("transactions", path, PERSON)  # they are out of it
    assert path.read_bytes() == once
