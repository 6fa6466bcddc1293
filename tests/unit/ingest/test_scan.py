"""The scan: what it refuses, where it says the fault is, and what it lets through untouched."""

import csv
import hashlib
import io
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from factories.file_cases import HEADER, ROW, TABLE, lines, with_value
from loader.contract import TABLES
from loader.ingest.csv.files import CHUNK_BYTES
from loader.ingest.csv.scan import FileScan, scan_file

COLUMNS = TABLES[TABLE]


def scan(folder: Path, content: bytes) -> FileScan:
    path = folder / f"{TABLE}.csv"
    path.write_bytes(content)
    return scan_file(TABLE, path)


def test_good_file_is_described(tmp_path: Path) -> None:
    content = lines(ROW, ROW)
    found = scan(tmp_path, content)
    assert found.problems == ()
    assert (found.columns, found.row_count, found.byte_count) == (COLUMNS, 2, len(content))
    assert found.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        pytest.param(HEADER, 0, id="header only, no line end"),
        pytest.param(lines(), 0, id="header only"),
        pytest.param(lines(ROW, ROW).removesuffix(b"\n"), 2, id="no final line end"),
        pytest.param(lines(ROW, ROW, end=b"\r\n"), 2, id="CRLF"),
        pytest.param(lines(ROW, ROW, end=b"\r\n")[:-2], 2, id="CRLF, no line end"),
        pytest.param(b"\xef\xbb\xbf" + lines(ROW), 1, id="byte order mark"),
        pytest.param(lines(with_value(2, b'"a, ""b"""')), 1, id="comma and quotes in quotes"),
        pytest.param(lines(with_value(2, "Zoë 東京".encode())), 1, id="UTF-8"),
        pytest.param(lines(b",,,,,,"), 1, id="empty values"),
        pytest.param(lines(with_value(0, rb"\.")), 1, id="backslash and dot as a value"),
    ],
)
def test_valid_forms_are_accepted(tmp_path: Path, content: bytes, rows: int) -> None:
    found = scan(tmp_path, content)
    assert (found.problems, found.row_count) == ((), rows)


@pytest.mark.parametrize("inside", [b"\n", b"\r\n", b"\r", b"\n\\.\n"])
def test_line_breaks_in_quotes_make_a_multiline_record(tmp_path: Path, inside: bytes) -> None:
    found = scan(tmp_path, lines(with_value(2, b'"a' + inside + b'b"'), ROW))
    assert (found.problems, found.row_count) == ((), 2)


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    found = scan(tmp_path, ",".join(reversed(COLUMNS)).encode() + b"\n" + ROW + b"\n")
    assert (found.problems, found.columns) == ((), tuple(reversed(COLUMNS)))


def test_header_variants_are_read_and_reported(tmp_path: Path) -> None:
    found = scan(tmp_path, HEADER.replace(b"item_id", b'" Item_ID "') + b"\n" + ROW + b"\n")
    assert (found.problems, found.columns) == ((), COLUMNS)
    (warning,) = found.warnings
    assert warning.column == "item_id"
    assert "is written ' Item_ID ' and read as item_id" in str(warning)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"", ["is empty"]),
        (b"\n", ["is empty"]),
        (b"\n" + HEADER, ["is not the header, which is on line 2"]),
        (b"Export\n\n" + HEADER, ["is not the header, which is on line 3"]),
        (b"sep=,\n" + HEADER, ["is a setting of Excel (sep=), not the header"]),
        (HEADER.replace(b"item_id", b"Item ID"), ["has 'Item ID' where item_id is expected"]),
        (HEADER.replace(b"_", b" ").title(), ["has 'Item Id' where item_id is expected, 'Tr"]),
        (HEADER.replace(b"unit_price", b"unit-price"), ["'unit-price' where unit_price is"]),
        (HEADER + b",", ["ends in a comma: its last column has no name"]),
        (HEADER + b", ,", ["ends in a comma: its last column has no name"]),
        (b"," + HEADER, ["begins with a comma", "index=False"]),
        (HEADER.replace(b",", b",,", 1), ["has a column without a name"]),
        (b'"' + HEADER.replace(b",", b'", "') + b'"', ["has a space before an opening quote"]),
        (b'"' + HEADER.replace(b",", b'" ,"') + b'"', ["has a space after a closing quote"]),
        (b"'" + HEADER.replace(b",", b"','") + b"'", ["has names in single quotes"]),
        (b'"' + HEADER.replace(b",", b'";"') + b'"', ["by semicolons"]),
        (b'"' + HEADER + b'"', ["is in quotes as a whole"]),
        (b"x" * 140_000 + b"," + HEADER, ["is over 64 KB long"]),
        (b"x" * 600_000, ["is over 64 KB long"]),
        (",".join(TABLES["transactions"]).encode(), ["has the columns of transactions.csv"]),
        (HEADER.replace(b"quantity", b"qty"), ["lacks quantity", "has qty"]),
        (HEADER.removesuffix(b",line_total"), ["lacks line_total"]),
        (HEADER + b",note", ["has note"]),
        (HEADER + b",item_id", ["has item_id more than once"]),
        (HEADER + b",Item_ID", ["has item_id more than once"]),
        (HEADER.replace(b",", b";"), ["by semicolons"]),
        (HEADER.replace(b",", b"\t"), ["by tabs"]),
        (HEADER.replace(b",", b"|"), ["by vertical bars"]),
        (ROW, ["none of the column names"]),
        (b"<!DOCTYPE html><html>", ["is HTML or XML"]),
        (b'{"error": "not found"}', ["is JSON"]),
        (b'[{"item_id": 1}]', ["is JSON"]),
        (HEADER.decode().encode("utf-16"), ["is UTF-16"]),
        (b"\x1f\x8b\x08\x00", ["is compressed"]),
        (b"PK\x03\x04abc", ["is a spreadsheet"]),
        (HEADER + b"\0", ["NUL byte"]),
        (HEADER.replace(b",", b"\r,", 1), ["carriage return"]),
        (HEADER + b"\r" + ROW, ["carriage return"]),
        (HEADER.replace(b"item_id", b"item\xe9"), ["not UTF-8"]),
        (b'"' + HEADER, ["quote that is not closed"]),
    ],
)
def test_wrong_header_is_refused(tmp_path: Path, header: bytes, words: list[str]) -> None:
    found = scan(tmp_path, header + b"\n" + ROW + b"\n" if header else b"")
    text = "\n".join(map(str, found.problems))
    assert [word for word in words if word not in text] == []
    assert {problem.line for problem in found.problems} == {1}
    assert "ITEM00001" not in text  # a first row taken for a header may hold personal data


def test_values_in_a_header_are_not_repeated(tmp_path: Path) -> None:
    found = scan(tmp_path, HEADER + b",someone@example.com\n")
    assert [problem.error.message for problem in found.problems] == [
        "has an unreadable name, which transaction_items does not; rename or remove it"
    ]


@pytest.mark.parametrize(
    ("content", "line", "column", "words"),
    [
        (lines(ROW, ROW + b",x"), 3, None, "8 values where the header has 7"),
        (lines(ROW, b"ITEM2,TXN1"), 3, None, "2 values where the header has 7"),
        (lines(ROW, b"", ROW), 3, None, "is empty"),
        (lines(ROW, b"") + b"\n", 3, None, "is empty"),
        (lines(ROW, ROW + b","), 3, None, "it ends in a comma; remove it"),
        (lines(ROW, with_value(2, b"'a, b'")), 3, None, "single quotes do not enclose a value"),
        (lines(ROW, ROW.replace(b",", b";")), 3, None, "it separates them by semicolons"),
        (lines(ROW, b'"' + ROW + b'"'), 3, None, "is in quotes as a whole"),
        (lines(ROW, with_value(2, b' "a, b"')), 3, "product_id", "space before an opening quote"),
        (lines(ROW, with_value(2, b'"a, b" ')), 3, "product_id", "space after a closing quote"),
        (lines(ROW, rb"\.", ROW), 3, None, r"is \."),
        (lines(with_value(2, b'the "x"')), 2, "product_id", "quote inside a value"),
        (lines(with_value(2, b'"x" 5')), 2, "product_id", "after a closing quote"),
        (lines(ROW, with_value(3, b"1\x002")), 3, "quantity", "NUL"),
        (lines(ROW, with_value(3, b'"1\x002"')), 3, "quantity", "NUL"),
        (lines(ROW, with_value(3, b"1\r2")), 3, "quantity", "carriage return"),
        (lines(ROW) + ROW + b"\r", 3, None, "was cut off"),
        (lines(ROW, ROW + b"\r", ROW), 3, "line_total", "ends in CRLF"),
        (lines(ROW, end=b"\r\n") + ROW + b"\n", 3, "line_total", "ends in LF"),
        (lines(ROW, with_value(6, b'"20.00')), 3, "line_total", "never closed"),
        (lines(ROW, with_value(2, b"caf\xe9"), ROW), 3, "product_id", "0xE9) that is not UTF-8"),
        (lines(ROW, with_value(4, b'"a\n\xff"')), 4, "unit_price", "0xFF) that is not UTF-8"),
        (lines(ROW, with_value(2, b"\xed\xa0\x80")), 3, "product_id", "not UTF-8"),
        (lines(with_value(1, b'"a\nb"'), ROW + b","), 4, None, "8 values"),
        (lines(with_value(1, b'"a\nb"c')), 2, "transaction_id", "on line 3, has text after"),
        (lines(b'"a\nb",x"y,P,2,10,0,20'), 3, "transaction_id", "record starts on line 2"),
    ],
)
def test_fault_is_named_with_line_and_column(
    tmp_path: Path, content: bytes, line: int, column: str | None, words: str
) -> None:
    found = scan(tmp_path, content)
    (first,) = [*found.problems, *(reject.problem for reject in found.rejects)]
    assert (first.line, first.column) == (line, column)
    assert words in first.error.message


def test_lines_that_hide_nothing_are_rejected_and_the_others_are_taken(tmp_path: Path) -> None:
    found = scan(tmp_path, lines(ROW + b",x", ROW, with_value(2, b'a "b" c'), ROW, b"short"))
    assert [reject.line for reject in found.rejects] == [2, 4, 6]
    assert (found.row_count, found.delivered_count, found.problems) == (2, 5, ())


def test_nothing_is_read_past_a_lost_record_boundary(tmp_path: Path) -> None:
    found = scan(tmp_path, lines(ROW, with_value(2, b'a "b'), ROW, b"short"))
    assert [problem.line for problem in found.problems] == [3]
    assert (found.row_count, found.rejects) == (1, ())


def test_hopeless_file_is_given_up(tmp_path: Path) -> None:
    found = scan(tmp_path, lines(*[b"x"] * 5000))
    assert len(found.rejects) == 1001
    assert "SHOP_MAX_REJECTED_LINES" in str(found.problems[0])


def test_quote_that_is_never_closed_does_not_fill_the_memory(tmp_path: Path) -> None:
    found = scan(tmp_path, lines(with_value(0, b'"ITEM')) + (ROW + b"\n") * 100_000)
    assert found.problems[0].line == 2
    assert "over 1 MB" in found.problems[0].error.message


def test_missing_file_is_named(tmp_path: Path) -> None:
    (problem,) = scan_file(TABLE, tmp_path / "none.csv").problems
    assert "none.csv: is missing" in str(problem)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "device"])
def test_only_plain_files_are_opened(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "items.csv"
    if kind == "link":
        (tmp_path / "real.csv").write_bytes(lines(ROW))
        path.symlink_to(tmp_path / "real.csv")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path = Path("/dev/zero")
    (problem,) = scan_file(TABLE, path).problems
    assert "the file itself" in problem.error.message


def replace(path: Path, data: bytes) -> None:  # noqa: ARG001
    new = path.with_name("new")
    new.write_bytes(lines(ROW))
    new.replace(path)


def remove(path: Path, data: bytes) -> None:  # noqa: ARG001
    path.unlink(missing_ok=True)


def grow_at_its_end(path: Path, data: bytes) -> None:
    if not data:
        with path.open("ab") as file:
            file.write(ROW + b"\n")


@pytest.mark.parametrize("change", [replace, remove, grow_at_its_end])
def test_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path, bytes], None]
) -> None:
    read = os.read

    def read_and_change(descriptor: int, size: int) -> bytes:
        data = read(descriptor, size)
        change(tmp_path / f"{TABLE}.csv", data)
        return data

    monkeypatch.setattr(os, "read", read_and_change)
    (problem,) = scan(tmp_path, lines(ROW)).problems
    assert problem.error.code == "changed"


def random_rows(rng: random.Random, count: int) -> list[list[str]]:
    """Return rows of awkward values."""
    pieces = ["a", ",", '"', "\n", "\r\n", " ", "é", "東", "'", ";", "\\.", "0"]
    return [
        ["".join(rng.choices(pieces, k=rng.randrange(6))) for _ in COLUMNS] for _ in range(count)
    ]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_a_csv_writer_writes_is_accepted(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    rows = random_rows(rng, 200)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=rng.choice(["\n", "\r\n"]))
    writer.writerows([COLUMNS, *rows])
    found = scan(tmp_path, buffer.getvalue().encode())
    assert (found.problems, found.row_count) == ((), len(rows))


@pytest.mark.parametrize("fault", [ROW + b",x", with_value(2, b'x"y"z'), b""])
def test_fault_is_found_on_its_line_wherever_a_chunk_ends(tmp_path: Path, fault: bytes) -> None:
    record = with_value(2, '"é\n東"'.encode())
    records = CHUNK_BYTES // (len(record) + 1)
    for before in (records - 1, records, records + 1):
        content = lines(*[record] * before, fault, record)
        found = scan(tmp_path, content)
        (reject,) = found.rejects
        assert (reject.line, found.row_count) == (2 + 2 * before, before + 1)
        raw = content[reject.offset : reject.offset + reject.length]
        assert raw == fault + b"\n"
