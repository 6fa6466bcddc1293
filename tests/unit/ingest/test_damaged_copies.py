"""Files damaged at random: nothing is lost, and nothing becomes something else, without a word."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from factories.damaged_copies import KINDS, damaged, lost, original, read_by_csv, scanned
from loader.contract import TABLES

COPIES = 75  # of each kind, file and line end: 3,000


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_damaged_copy_is_taken_without_a_word(
    tmp_path: Path, table: str, kind: str, end: bytes
) -> None:
    pick = random.Random(f"{table} {kind} {end!r}")  # noqa: S311
    records, said = original(table, end), Counter[str]()
    for _ in range(COPIES):
        copy = KINDS[kind](pick, records)
        outcome = scanned(table, copy.content, tmp_path)
        said[outcome.word] += 1
        if outcome.word != "refused":
            assert list(lost(copy, outcome)) == [], copy.content
        if outcome.word == "":
            taken = records[0] + b"".join(outcome.records)
            assert read_by_csv(taken) == read_by_csv(copy.content)
        if kind.startswith("pair") and copy.lines:
            assert outcome.word in ("refused", "rejected"), copy.content
        if kind == "cut":
            assert {*stripped(outcome.records)} <= {*stripped(records)}, copy.content
    assert said["refused"] + said["rejected"] > 0


def stripped(records: list[bytes]) -> Iterator[bytes]:
    return (record.rstrip(b"\r\n") for record in records)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("table", TABLES)
def test_undamaged_file_is_taken_whole(tmp_path: Path, table: str, end: bytes) -> None:
    records = original(table, end)
    outcome = scanned(table, b"".join(records), tmp_path)
    assert (outcome.word, outcome.records) == ("", records[1:])


def test_damage_is_where_it_is_said_to_be() -> None:
    copy = damaged([b"h\n", b"a\n", b"b\n", b"c\n"], [(2, 0, b'"'), (5, 0, b'"')])
    assert (copy.content, copy.spared, copy.lines) == (b'h\n"a\nb"\nc\n', [b"c\n"], 1)
