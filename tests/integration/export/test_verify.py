"""Export sets are proved equal to the mart, or the first difference is named."""

import csv
import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from conftest import ScratchDatabase
from factories.days import loader
from factories.published import PUBLISH, Execute
from loader.config.settings import Settings, load_settings
from loader.database import server
from loader.database.schema import ensure_schema
from loader.errors import LoaderError
from loader.export import parquet
from loader.export.manifest import FileEntry, Manifest
from loader.export.verify import verify
from loader.export.write import export

pytestmark = pytest.mark.versions

MART = r"""
create table mart.sales (
    item_id text primary key, amount numeric(14, 2), sold_on date, sold_at timestamp,
    is_gift boolean, pieces bigint, note text
);
comment on table mart.sales is 'One row per sale.';
comment on column mart.sales.note is 'What the customer wrote | said.';
insert into mart.sales values
    ('a', 20.00, '2026-11-21', '2026-11-21 10:00:00.5', false, 1, 'Zoë'),
    ('b', -1.50, '2026-11-22', '2026-11-22 11:00:00', true, 9000000000, E'line 1\nline 2'),
    ('c', null, null, null, null, null, null),
    ('d', 0.10, '1900-01-01', '9999-12-31 00:00:00', true, -2, ''),
    ('e', 3.00, '2026-11-22', '2026-11-22 11:00:00', true, 1, '=1+1'),
    ('f', 3.00, '2026-11-22', '2026-11-22 11:00:00', true, 1, '@sum(a1)');
"""
SALES = "sales.csv"


@pytest.fixture(scope="module")
def exported_shop(
    scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """Yield the database and the folder of a shop whose mart was exported as CSV and as Parquet."""
    wanted = Settings(root=tmp_path_factory.mktemp("exported"), parquet=True)
    with pytest.MonkeyPatch.context() as patch, scratch_database(patch) as name:
        with closing(server.connect(wanted)) as connection:
            ensure_schema(connection)
            with connection, connection.cursor() as cursor:
                cursor.execute(MART + PUBLISH)
        export(wanted)
        yield name, wanted.root


@pytest.fixture
def exported(
    exported_shop: tuple[str, Path],
    server_environment: dict[str, str],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    """Give the test a copy of the exported files; the database is shared and stays as it is."""
    name, root = exported_shop
    for variable, value in (server_environment | {"PGDATABASE": name}).items():
        monkeypatch.setenv(variable, value)
    shutil.copytree(root / "exports", settings.exports_dir)
    return settings.model_copy(update={"parquet": True})


@pytest.fixture
def execute(
    exported: Settings,
    exported_shop: tuple[str, Path],
    scratch_database: ScratchDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Execute]:
    """Give the test a copy of the database as well, and a function that changes it."""
    name, _ = exported_shop
    with scratch_database(monkeypatch, name), closing(server.connect(exported)) as connection:
        connection.autocommit = True
        yield connection.cursor().execute


def manifest_entry(settings: Settings) -> FileEntry:
    manifest: Manifest = json.loads((settings.exports_dir / "manifest.json").read_text())
    return manifest["files"][SALES]


def notes(settings: Settings) -> list[str]:
    with (settings.exports_dir / SALES).open(encoding="utf-8", newline="") as file:
        return [row["note"] for row in csv.DictReader(file)]


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_fresh_export_is_equal(exported: Settings) -> None:
    result = verify(exported)
    assert (result.rows, result.parquet_files) == ({SALES: 6}, 1)


def test_text_that_a_spreadsheet_runs_gets_an_apostrophe_and_is_counted(exported: Settings) -> None:
    assert notes(exported) == ["Zoë", "line 1\nline 2", "", "", "'=1+1", "'@sum(a1)"]
    assert manifest_entry(exported)["neutralised"] == {"note": 2}


def test_every_character_that_starts_a_formula_is_met(exported: Settings, execute: Execute) -> None:
    execute("truncate mart.sales")
    for first in "=+-@\t\r1 'x":
        execute(f"insert into mart.sales (item_id, note) values ($${first}$$, $${first}x$$)")
    export(exported)
    neutralised = {f"'{first}x" for first in "=+-@\t\r"}
    assert set(notes(exported)) == neutralised | {"1x", " x", "'x", "xx"}
    assert manifest_entry(exported)["neutralised"] == {"item_id": 6, "note": 6}


def test_manifest_has_the_exact_sums(exported: Settings) -> None:
    assert manifest_entry(exported)["sums"] == {"amount": "24.60"}


def test_manifest_names_the_run_that_published(exported: Settings, execute: Execute) -> None:
    execute(
        "insert into ops.invocations (invocation_id, run_id) values ('i', 'run 7');"
        "insert into ops.publications (logical_date, invocation_id) values ('2026-11-23', 'i')"
    )
    export(exported)
    manifest = json.loads((exported.exports_dir / "manifest.json").read_text())
    assert (manifest["publication_id"], manifest["run_id"]) == (2, "run 7")
    assert verify(exported).publication.run_id == "run 7"


def test_columns_are_explained(exported: Settings) -> None:
    guide = (exported.exports_dir / "COLUMNS.md").read_text()
    assert "## sales\n\nOne row per sale.\n" in guide
    assert "| note | text | What the customer wrote \\| said. |\n" in guide


def test_parquet_has_exact_types_and_the_text_as_it_is(exported: Settings) -> None:
    table = pa.parquet.read_table(exported.exports_dir / "sales.parquet")
    rows = {row.pop("item_id"): row for row in table.to_pylist()}
    assert rows["a"] == {
        "amount": Decimal("20.00"),
        "sold_on": date(2026, 11, 21),
        "sold_at": datetime(2026, 11, 21, 10, 0, 0, 500000),  # noqa: DTZ001
        "is_gift": False,
        "pieces": 1,
        "note": "Zoë",
    }
    assert set(rows["c"].values()) == {None}
    assert rows["d"]["note"] == ""
    assert (rows["d"]["sold_on"], rows["d"]["sold_at"].year) == (date(1900, 1, 1), 9999)
    assert (rows["b"]["note"], rows["e"]["note"]) == ("line 1\nline 2", "=1+1")


def test_parquet_is_written_only_where_wanted(
    settings: Settings, exported: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert export(settings).removed == ("sales.parquet",)
    assert not load_settings().parquet
    monkeypatch.setenv("SHOP_PARQUET", "yes")
    assert load_settings() == exported


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("20.00", "20.01", r"sales\.csv, line 2, column amount: the file has '20.01', mart"),
        ("true,1,'@", "true,1,@", r"line 8, column note: the file has '@sum\(a1\)', mart"),
        ("line 2", "line 3", r"sales\.csv, line 3, column note: the file has 'line 1\\nline 3'"),
        ("c,,,,,,\n", "", r"sales\.csv, line 5, column item_id: the file has 'd', mart has 'c'"),
        ("f,3.00,2026-11-22,2026-11-22 11:00:00,true,1,'@sum(a1)\n", "", r"line 8: the file ends"),
        ("'@sum(a1)\n", "'@sum(a1)\ng,,,,,,\n", r"line 9: the file goes on, mart does not"),
        ("amount", "amounts", r"sales\.csv, line 1, column amount: the file has 'amounts'"),
        ("Zoë", '"Zoë"', r"line 2: quoted or ended in another way"),
    ],
)
def test_first_difference_of_a_file_is_named(
    exported: Settings, before: str, after: str, message: str
) -> None:
    edit(exported.exports_dir / SALES, before, after)
    with pytest.raises(LoaderError, match=message):
        verify(exported)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('"publication_id": 1', '"publication_id": 2', "publication_id is 2, the newest .* is 1"),
        ('"rows": 6', '"rows": 7', "rows: the manifest says 7, mart says 6"),
        ('"24.60"', '"24.61"', "sums: the manifest says .*24.61.* mart says .*24.60"),
        ('"note": 2', '"note": 3', "neutralised cells: the manifest says"),
        ('"numeric(14,2)"', '"numeric(14,3)"', "columns with their types"),
        ('"sha256": "', '"sha256": "0', "sha256: the manifest says '0"),
        (SALES, "sale.csv", "sale.csv: its relation is in the manifest, not in mart"),
        ("{", "", "manifest.json cannot be read"),
    ],
)
def test_manifest_that_says_something_else_is_named(
    exported: Settings, before: str, after: str, message: str
) -> None:
    edit(exported.exports_dir / "manifest.json", before, after)
    with pytest.raises(LoaderError, match=message):
        verify(exported)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("update mart.sales set pieces = 2 where item_id = 'a'", "line 2, column pieces: .* '1'"),
        (
            """
            create table mart.more (a int primary key);
            insert into ops.publication_relations values (1, 'more')
            """,
            r"more\.csv: its relation is in mart, but",
        ),
        ("alter table mart.sales add column more text", "columns with their types"),
        (PUBLISH, "publication_id is 1"),
        ("comment on column mart.sales.note is 'other'", "COLUMNS.md, line 15: "),
    ],
)
def test_mart_that_went_on_is_noticed(
    exported: Settings, execute: Execute, change: str, message: str
) -> None:
    execute(change)
    with pytest.raises(LoaderError, match=message):
        verify(exported)


def test_file_too_many_or_too_few_is_named(exported: Settings) -> None:
    stray = exported.exports_dir / "old.csv"
    stray.write_text("a\n")
    with pytest.raises(LoaderError, match=r"old\.csv: the file is there, but"):
        verify(exported)
    stray.unlink()
    (exported.exports_dir / "sales.parquet").unlink()
    with pytest.raises(LoaderError, match=r"sales\.parquet: the file is missing"):
        verify(exported)


def test_nothing_exported_is_an_error(exported: Settings) -> None:
    (exported.exports_dir / "manifest.json").unlink()
    with pytest.raises(LoaderError, match="nothing was exported yet"):
        verify(exported)


def test_difference_in_parquet_is_named(exported: Settings) -> None:
    path = exported.exports_dir / "sales.parquet"
    table = pa.parquet.read_table(path)
    amounts = [Decimal("9.00"), *table["amount"].to_pylist()[1:]]
    changed = table.set_column(
        1, table.schema.field("amount"), pa.array(amounts, pa.decimal128(14, 2))
    )
    pa.parquet.write_table(changed, path)
    message = r"sales\.parquet, row 1, column amount: the file has Decimal\('9.00'\), mart has"
    with pytest.raises(LoaderError, match=message):
        verify(exported)
    pa.parquet.write_table(table.slice(0, 5), path)
    with pytest.raises(LoaderError, match=r"sales\.parquet, row 6: the file ends"):
        verify(exported)
    pa.parquet.write_table(pa.concat_tables([table, table.slice(0, 1)]), path)
    with pytest.raises(LoaderError, match=r"sales\.parquet, row 7: the file goes on"):
        verify(exported)


def test_parquet_is_written_in_groups_and_compared_across_them(
    exported: Settings, execute: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "BLOCK_BYTES", 4096)
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 700)
    execute(
        "insert into mart.sales (item_id, amount) "
        "select 'x' || number, number / 100.0 from generate_series(1, 3000) as number"
    )
    export(exported)
    with pa.parquet.ParquetFile(exported.exports_dir / "sales.parquet") as file:
        assert file.num_row_groups > 3
    assert verify(exported).rows == {SALES: 3006}


def test_command_ends_with_1_and_one_line_on_a_difference(exported: Settings) -> None:
    equal = loader("verify")
    assert equal.stdout.splitlines() == [
        "sales.csv: 6 rows, equal",
        "equal to publication 1 of 2026-11-22, Parquet too (1 files)",
    ]
    edit(exported.exports_dir / SALES, "20.00", "2.00")
    different = loader("verify")
    assert (different.returncode, different.stdout) == (1, "")
    (line,) = different.stderr.splitlines()
    assert line.startswith("error: sales.csv, line 2, column amount: the file has '2.00'")
