"""What is no record is kept byte for byte, the rest is loaded, and the counts add up."""

import gzip
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from factories.bad_files import CASES
from factories.file_cases import ROW, TABLE, lines, with_value
from factories.loaded import Query, batch, connection, query, staged
from loader.cli import loader
from loader.config.settings import Settings
from loader.contract import TABLES
from loader.errors import LoaderError
from loader.ingest.load import load

pytestmark = pytest.mark.versions

__all__ = ["connection", "query"]  # fixtures

DAY, NEXT_DAY = date(2026, 11, 22), date(2026, 11, 23)
REJECTED = (
    "select table_name, line_number, code, column_name, raw, batch_date, source_file, status"
    " from quarantine.rejected_lines order by batch_date, table_name, line_number"
)
LOADED = "select row_count, rejected_count from ops.loads where table_name = %s order by load_id"


def test_rejected_lines_are_quarantined_and_the_rest_is_loaded(
    settings: Settings, query: Query, tmp_path: Path
) -> None:
    content = (
        lines(ROW, ROW + b",x", with_value(1, b'"a\nb"'), with_value(3, b"\0\xff"), b"cut") + ROW
    )
    load(batch(tmp_path / "in", {TABLE: content}), DAY, settings)
    found = [(row[0], row[1], row[2], row[3], bytes(row[4]), *row[5:]) for row in query(REJECTED)]
    origin = (DAY, f"{TABLE}.csv", "unreadable")
    assert found == [
        (TABLE, 3, "field_count", None, ROW + b",x\n", *origin),
        (TABLE, 6, "nul_byte", "quantity", with_value(3, b"\0\xff") + b"\n", *origin),
        (TABLE, 7, "field_count", None, b"cut\n", *origin),
    ]
    assert [row[0] for row in staged(query, TABLE)] == [2, 4, 8]
    assert query(LOADED, TABLE) == [(6, 3)]
    assert query(LOADED, "customers") == [(2, 0)]


def test_row_that_may_be_cut_short_is_quarantined_as_it_was_delivered(
    settings: Settings, query: Query, tmp_path: Path
) -> None:
    last = with_value(1, b'"a\nb"')[:-4]
    result = load(batch(tmp_path / "in", {TABLE: lines(ROW) + last}), DAY, settings)
    assert [(row[1:4], bytes(row[4])) for row in query(REJECTED)] == [
        ((3, "cut_value", "line_total"), last)
    ]
    assert query(LOADED, TABLE) == [(2, 1)]
    assert f"{TABLE}.csv, line 4, column line_total: has no line end" in result.warnings[0]


def test_empty_last_line_and_end_of_file_mark_are_no_rows(
    settings: Settings, query: Query, tmp_path: Path
) -> None:
    content = {"products": b"\n", "transactions": b"\x1a"}
    folder = batch(tmp_path / "in")
    for table, end in content.items():
        path = folder / f"{table}.csv"
        path.write_bytes(path.read_bytes() + end)
    (warning,) = load(folder, DAY, settings).warnings
    assert "transactions.csv, line 4: ends with the end-of-file mark Ctrl-Z" in warning
    assert [query(LOADED, table) for table in content] == [[(2, 0)], [(2, 0)]]
    assert [row[0] for row in staged(query, "transactions")] == [2, 3]


def test_batch_that_comes_again_replaces_its_rejected_lines(
    settings: Settings, query: Query, tmp_path: Path, take_in: Callable[[], None]
) -> None:
    folder = batch(tmp_path / "in", {TABLE: lines(b"x", b"y")})
    load(folder, DAY, settings)
    take_in()
    load(batch(folder, {TABLE: lines(b"z", ROW)}), DAY, settings)
    assert [(row[1], bytes(row[4])) for row in query(REJECTED)] == [(2, b"z\n")]
    take_in()
    load(batch(folder, {TABLE: lines(b"new")}), NEXT_DAY, settings)
    assert [(row[5], bytes(row[4])) for row in query(REJECTED)] == [
        (DAY, b"z\n"),
        (NEXT_DAY, b"new\n"),
    ]


def test_refused_file_leaves_rejected_lines_as_they_were(
    settings: Settings, query: Query, tmp_path: Path
) -> None:
    folder = batch(tmp_path / "in", {TABLE: lines(b"x")})
    load(folder, DAY, settings)
    before = query(REJECTED)
    with pytest.raises(LoaderError, match="too_many_rejected"):
        load(batch(folder, {TABLE: lines(*[b"x"] * 1001)}), DAY, settings)
    assert query(REJECTED) == before != []


def test_packed_file_is_loaded_like_a_plain_one(
    settings: Settings, query: Query, tmp_path: Path
) -> None:
    content = lines(ROW, b"x", with_value(2, b'"a\nb"'), ROW)
    plain = batch(tmp_path / "plain", {TABLE: content})
    packed = batch(tmp_path / "packed")
    (packed / f"{TABLE}.csv").unlink()
    (packed / f"{TABLE}.csv.gz").write_bytes(gzip.compress(content))
    load(plain, DAY, settings)
    first = staged(query, TABLE)
    load(packed, DAY, settings)
    assert staged(query, TABLE) == first
    hashes = query("select distinct sha256, file_bytes from ops.loads where table_name = %s", TABLE)
    assert len(hashes) == 1
    assert query("select distinct _source_file from staging.transaction_items") == [
        (f"{TABLE}.csv",)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_every_line_ends_up_in_staging_or_in_quarantine(
    settings: Settings, query: Query, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311
    end = rng.choice([b"\n", b"\r\n"])
    wrong = [b"short", ROW + b",x", b"", with_value(2, b'a "b" c'), b"\\.", with_value(0, b"\0")]
    pieces = ["a", ",", '"', "é", "東", "\\", *(["\n", "\r\n"] if seed % 2 else [])]
    good, bad, records, line = [], [], [], 2
    for _ in range(400):
        if rng.random() < 0.02:
            records.append(rng.choice(wrong) + end)
            bad.append((line, records[-1]))
        else:
            values = ["".join(rng.choices(pieces, k=rng.randrange(4))) for _ in TABLES[TABLE]]
            records.append(as_csv(values) + end)
            good.append((line, *values))
        line += records[-1].count(b"\n")
    content = lines(end=end) + b"".join(records)
    load(batch(tmp_path / "in", {TABLE: content}), DAY, settings)
    assert staged(query, TABLE) == good
    assert [(row[1], bytes(row[4])) for row in query(REJECTED)] == bad
    assert query(LOADED, TABLE) == [(400, len(bad))]


def as_csv(values: list[str]) -> bytes:
    quoted = (f'"{value.replace('"', '""')}"' for value in values)
    return ",".join(quoted).encode()


def test_every_loadable_file_of_the_corpus_loads_as_the_scan_says(
    settings: Settings, query: Query, tmp_path: Path
) -> None:
    loadable = [case for case in CASES if not case.refused]
    for number, case in enumerate(loadable):
        folder = batch(tmp_path / str(number))
        (folder / f"{TABLE}.csv").unlink()
        (folder / case.file_name).write_bytes(case.content)
        load(folder, DAY, settings)
    assert query(LOADED, TABLE) == [
        (case.rows + len(case.rejected), len(case.rejected)) for case in loadable
    ]
    assert query("select to_regclass('staging.products') is not null") == [(True,)]  # SQL in values


def test_command_says_what_was_rejected_and_ends_with_three(
    settings: Settings, query: Query, tmp_path: Path
) -> None:
    assert settings, query
    folder = batch(tmp_path / "in", {TABLE: lines(ROW, b"secret@example.com")})
    for command in (["check", "--files-only"], ["load", "--date", "2026-11-22"]):
        done = CliRunner().invoke(loader, [*command, str(folder)])
        assert done.exit_code == 3
        assert f"rejected {folder}/{TABLE}.csv, line 3: has 1 values where" in done.stderr
        assert "transaction_items: 2 rows, 1 rejected" in done.stdout
        assert "secret" not in done.output
    done = CliRunner().invoke(loader, ["check", "--files-only", str(batch(tmp_path / "good"))])
    assert (done.exit_code, done.stderr) == (0, "")


def test_the_same_files_on_a_later_day_are_noticed(
    settings: Settings, query: Query, tmp_path: Path, take_in: Callable[[], None]
) -> None:
    folder = batch(tmp_path / "in")
    assert load(folder, DAY, settings).warnings == ()
    assert load(folder, DAY, settings).warnings == ()  # the same batch again is no surprise
    take_in()
    warnings = load(folder, NEXT_DAY, settings).warnings
    assert len(warnings) == 5
    assert all("is the same, byte for byte, as the file of 2026-11-22" in text for text in warnings)
    assert query("select count(*) from ops.loads") == [(15,)]
