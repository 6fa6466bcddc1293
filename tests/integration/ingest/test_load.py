"""Loading: staging is what the files say, or what it was before."""

import csv
import os
import random
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from datetime import date
from pathlib import Path

import pytest

from factories.loaded import Query, batch, connection, everything, query, staged
from loader.config.settings import Settings
from loader.contract import REQUIRED_TABLES, TABLES
from loader.database import server
from loader.database.fetch import Row
from loader.errors import LoaderError
from loader.ingest import load as loading
from loader.ingest.archive import archived
from loader.ingest.csv import scan, stream
from loader.ingest.load import check, load

pytestmark = pytest.mark.versions

__all__ = ["connection", "query"]  # fixtures

DAY = date(2026, 11, 22)
NEXT_DAY = date(2026, 11, 23)


def test_batch_is_loaded_and_recorded(settings: Settings, query: Query, tmp_path: Path) -> None:
    folder = batch(tmp_path / "in", rows=3)
    result = load(folder, DAY, settings)
    assert staged(query, "products")[0] == (2, *(f"{name}-0" for name in TABLES["products"]))
    assert [row[0] for row in staged(query, "transactions")] == [2, 3, 4]
    recorded = query(
        "select table_name, batch_date, source_file, file_bytes, sha256, row_count, run_id"
        " from ops.loads where load_id = %s",
        result.load_id,
    )
    assert sorted(recorded) == sorted(
        (scan.table, DAY, str(scan.path), scan.path.stat().st_size, scan.sha256, 3, None)
        for scan in result.files
    )
    assert query("select distinct _source_file from staging.customers") == [("customers.csv",)]


def test_sample_is_loaded_whole(settings: Settings, query: Query, sample_dir: Path) -> None:
    load(sample_dir, date(2025, 12, 31), settings)
    for table in REQUIRED_TABLES:
        with (sample_dir / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            expected = [(number, *row) for number, row in enumerate(csv.reader(file), start=1)][1:]
        assert staged(query, table) == expected


@pytest.mark.parametrize("seed", range(6))
def test_staging_equals_what_a_csv_reader_reads(
    settings: Settings, query: Query, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311
    line_breaks = ["\n", "\r\n", "\\.", "\n\\.\n"] if seed % 2 else []
    pieces = ["a", ",", '"', " ", "é", "東", "\\", "\\N", "%", "0", *line_breaks]
    columns = rng.sample(TABLES["transactions"], len(TABLES["transactions"]))
    path = batch(tmp_path / "in") / "transactions.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator=rng.choice(["\n", "\r\n"]))
        writer.writerow(columns)
        for _ in range(300):
            writer.writerow("".join(rng.choices(pieces, k=rng.randrange(5))) for _ in columns)
    if seed > 3:
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().rstrip(b"\r\n"))
    load(path.parent, DAY, settings)
    assert staged(query, "transactions") == read_by_csv(path)


def read_by_csv(path: Path) -> list[Row]:
    """Return each record's physical line, counted in line feeds, and its values in our order."""
    found, line = [], 2
    with path.open(encoding="utf-8-sig", newline="") as file:
        for record in csv.DictReader(file):
            values = [record[column] for column in TABLES["transactions"]]
            found.append((line, *values))
            line += 1 + sum(value.count("\n") for value in values)
    return found


def test_long_multiline_records_keep_their_lines(
    settings: Settings, query: Query, tmp_path: Path
) -> None:
    header = ",".join(TABLES["products"])
    record = '1,"' + "x\n" * 450_000 + '",Books,,1.00,0.50,B,1,S\n'
    content = (header + "\n" + record * 3 + record.replace("\n", "", 2)).encode()
    load(batch(tmp_path / "in", {"products": content}), DAY, settings)
    lines = query("select _line_number from staging.products order by 1")
    assert lines == [(2,), (450_003,), (900_004,), (1_350_005,)]


BAD_FILES = {
    "transaction_items": b"item_id\n1\n",
    "transactions": b"",
    "products": (",".join(TABLES["products"]) + '\n1,"open,\n').encode(),
}


@pytest.mark.parametrize("table", BAD_FILES)
def test_bad_file_leaves_tables_unchanged(
    settings: Settings,
    query: Query,
    take_in: Callable[[], None],
    tmp_path: Path,
    table: str,
) -> None:
    load(batch(tmp_path / "good"), DAY, settings)
    take_in()
    before = everything(query)
    with pytest.raises(LoaderError, match=f"{table}.csv, line"):
        load(batch(tmp_path / "bad", {table: BAD_FILES[table]}, rows=5), NEXT_DAY, settings)
    assert everything(query) == before


def test_problems_of_all_files_are_reported_together(tmp_path: Path) -> None:
    folder = batch(tmp_path / "bad", BAD_FILES | {"returns": b""})
    (folder / "customers.csv").unlink()
    with pytest.raises(LoaderError) as caught:
        check(folder)
    assert [table for table in TABLES if f"{table}.csv" not in str(caught.value)] == []


def test_failure_in_the_last_file_rolls_everything_back(
    settings: Settings, query: Query, tmp_path: Path
) -> None:
    load(batch(tmp_path / "good"), DAY, settings)
    before = everything(query)
    with closing(server.connect(settings)) as other, other, other.cursor() as cursor:
        cursor.execute("alter table staging.transaction_items add check (item_id <> 'item_id-4')")
    with pytest.raises(LoaderError, match="nothing was loaded") as caught:
        load(batch(tmp_path / "next", rows=5), DAY, settings)
    assert everything(query) == before
    assert "item_id-4" not in str(caught.value)  # the row that PostgreSQL quotes
    assert caught.value.__cause__ is None


def test_file_that_changes_while_it_is_loaded_is_refused(
    settings: Settings,
    query: Query,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = batch(tmp_path / "in", rows=30_000)  # several chunks
    load(folder, DAY, settings)
    before, path, take = everything(query), folder / "transactions.csv", stream.Rows.take

    def change_then_take(rows: stream.Rows) -> bytes:
        with path.open("r+b") as file:  # same size and inode
            file.seek(-2, os.SEEK_END)
            file.write(b"x")
        return take(rows)

    monkeypatch.setattr(stream.Rows, "take", change_then_take)
    with pytest.raises(LoaderError, match=r"transactions\.csv: changed while it was read"):
        load(folder, DAY, settings)
    assert everything(query) == before


def test_file_that_is_replaced_while_another_one_is_loaded_is_refused(
    settings: Settings, query: Query, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, next_delivery = batch(tmp_path / "in"), batch(tmp_path / "next", rows=5)
    load(folder, DAY, settings)
    before, take = everything(query), stream.Rows.take

    def deliver_then_take(rows: stream.Rows) -> bytes:
        new = next_delivery / "customers.csv"
        if new.exists():
            new.replace(folder / "customers.csv")
        return take(rows)

    def wait_for_items(
        reading: scan.Reading, rows: stream.Rows, copy: Callable[[bytes], object] | None
    ) -> AbstractContextManager[stream.Stream]:
        if reading.table == "transaction_items":
            monkeypatch.setattr(stream.Rows, "take", deliver_then_take)
        return streamed(reading, rows, copy)

    streamed = stream.streamed
    monkeypatch.setattr(loading, "streamed", wait_for_items)
    with pytest.raises(LoaderError, match=r"customers\.csv: changed while it was read"):
        load(folder, DAY, settings)
    assert everything(query) == before


def test_older_date_is_refused_and_the_same_date_is_not(
    settings: Settings, query: Query, tmp_path: Path
) -> None:
    folder = batch(tmp_path / "in")
    load(folder, NEXT_DAY, settings)
    assert load(folder, NEXT_DAY, settings).load_id == 2
    before = everything(query)
    with pytest.raises(LoaderError, match="2026-11-22 is older than the newest one, of 2026-11-23"):
        load(folder, DAY, settings)
    assert everything(query) == before


def test_batch_that_was_not_built_is_not_replaced_by_a_later_one(
    settings: Settings,
    query: Query,
    take_in: Callable[[], None],
    tmp_path: Path,
) -> None:
    folder = batch(tmp_path / "in")
    load(folder, DAY, settings)
    take_in()
    load(folder, DAY, settings)  # again, so that build does not count any more
    before = everything(query)
    with pytest.raises(LoaderError, match="2026-11-22 was loaded and not built to the end"):
        load(folder, NEXT_DAY, settings)
    assert everything(query) == before
    take_in()
    assert load(folder, NEXT_DAY, settings).load_id == 3


def test_rejected_lines_that_give_way_to_other_files_of_the_same_date_are_named(
    settings: Settings, database: str, tmp_path: Path
) -> None:
    assert database
    good = batch(tmp_path / "good")
    bad = (good / "products.csv").read_bytes() + b"short\nshorter\n"
    spoilt = batch(tmp_path / "spoilt", {"products": bad})
    assert not any("left quarantine" in said for said in load(spoilt, DAY, settings).warnings)
    assert not any("left quarantine" in said for said in load(spoilt, DAY, settings).warnings)
    (said,) = [said for said in load(good, DAY, settings).warnings if "left quarantine" in said]
    assert said.startswith(f"{good / 'products.csv'} is another file of the same date: the 2 ")


def test_batch_replaces_the_one_before(
    settings: Settings,
    query: Query,
    take_in: Callable[[], None],
    tmp_path: Path,
) -> None:
    load(batch(tmp_path / "large", rows=9), DAY, settings)
    take_in()
    load(batch(tmp_path / "small", rows=1), NEXT_DAY, settings)
    lines = {table: [row[0] for row in staged(query, table)] for table in TABLES}
    assert lines == {table: [2] for table in TABLES}


def test_optional_file_may_be_missing(
    settings: Settings, query: Query, take_in: Callable[[], None], tmp_path: Path
) -> None:
    load(batch(tmp_path / "with"), DAY, settings)
    take_in()
    folder = batch(tmp_path / "without", rows=3)
    (folder / "returns.csv").rename(folder / "Returns.csv")
    with pytest.raises(LoaderError, match=r"returns\.csv: is missing.*Returns\.csv"):
        check(folder)
    (folder / "Returns.csv").unlink()

    result = load(folder, NEXT_DAY, settings)
    tables = [table for table in TABLES if table != "returns"]
    assert [scan.table for scan in result.files] == tables
    assert result.warnings == ()
    assert staged(query, "returns") == []
    loaded = query("select table_name from ops.loads where batch_date = %s", NEXT_DAY)
    assert {table for (table,) in loaded} == set(tables)
    assert [batch.files.keys() for batch in archived(settings)] == [set(TABLES), set(tables)]


def test_header_only_files_load_as_empty(settings: Settings, query: Query, tmp_path: Path) -> None:
    result = load(batch(tmp_path / "in", rows=0), DAY, settings)
    assert [text for text in result.warnings if "none of the files" in text]
    assert query("select sum(row_count) from ops.loads") == [(0,)]


def test_other_files_in_the_folder_are_named(tmp_path: Path) -> None:
    folder = batch(tmp_path / "in")
    (folder / "costumers.csv").write_text("x\n")
    (warning,) = check(folder).warnings
    assert "costumers.csv is no file of a batch" in warning


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoaderError, match="none is not a folder"):
        check(tmp_path / "none")
