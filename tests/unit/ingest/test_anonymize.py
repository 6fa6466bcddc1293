"""Delivered files without a person: their rows change, every other byte stays."""

import gzip
from pathlib import Path

import pytest

from loader.contract import TABLES
from loader.ingest.anonymize import scrub_file
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


def test_scrubbing_twice_gives_the_same_file(tmp_path: Path) -> None:
    path = packed(tmp_path, f"{HEADER}\nTXN1,CUST0001,2025-03-01,10:00,UPI,x,1\n")
    assert scrub_file("transactions", path, PERSON)
    once = path.read_bytes()
    assert not scrub_file("transactions", path, PERSON)
    assert path.read_bytes() == once
