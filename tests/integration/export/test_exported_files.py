"""What stands in the files of an export: neutralised text, sums, explanations, exact types."""

import csv
import json
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet
import pytest

from factories.published import Execute
from loader.config.settings import Settings, load_settings
from loader.export.manifest import FileEntry, Manifest
from loader.export.verify import verify
from loader.export.write import export

pytestmark = pytest.mark.versions

SALES = "sales.csv"


def manifest_entry(settings: Settings) -> FileEntry:
    manifest: Manifest = json.loads((settings.exports_dir / "manifest.json").read_text())
    return manifest["files"][SALES]


def notes(settings: Settings) -> list[str]:
    with (settings.exports_dir / SALES).open(encoding="utf-8", newline="") as file:
        return [row["note"] for row in csv.DictReader(file)]


def test_text_that_a_spreadsheet_runs_gets_an_apostrophe_and_is_counted(exported: Settings) -> None:
    assert notes(exported) == ["Zoë", "line 1\nline 2", "", "", "'=1+1", "'@sum(a1)"]
    assert manifest_entry(exported)["neutralised"] == {"note": 2}


def test_every_character_that_starts_a_formula_is_met(
    exported: Settings, change_mart: Execute
) -> None:
    change_mart("truncate mart.sales")
    for first in "=+-@\t\r1 'x":
        change_mart(f"insert into mart.sales (item_id, note) values ($${first}$$, $${first}x$$)")
    export(exported)
    neutralised = {f"'{first}x" for first in "=+-@\t\r"}
    assert set(notes(exported)) == neutralised | {"1x", " x", "'x", "xx"}
    assert manifest_entry(exported)["neutralised"] == {"item_id": 6, "note": 6}


def test_manifest_has_the_exact_sums(exported: Settings) -> None:
    assert manifest_entry(exported)["sums"] == {"amount": "24.60"}


def test_manifest_names_the_run_that_published(exported: Settings, change_mart: Execute) -> None:
    change_mart(
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
