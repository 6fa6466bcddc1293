"""Export sets are proved equal to the mart, or the first difference is named."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from factories.days import loader
from factories.published import PUBLISH, Execute
from loader.config.settings import Settings
from loader.errors import LoaderError
from loader.export import parquet
from loader.export.verify import verify
from loader.export.write import export

pytestmark = pytest.mark.versions

SALES = "sales.csv"


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_fresh_export_is_equal(exported: Settings) -> None:
    result = verify(exported)
    assert (result.rows, result.parquet_files) == ({SALES: 6}, 1)


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
    exported: Settings, change_mart: Execute, change: str, message: str
) -> None:
    change_mart(change)
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
    exported: Settings, change_mart: Execute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "BLOCK_BYTES", 4096)
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 700)
    change_mart(
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
