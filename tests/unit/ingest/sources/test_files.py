"""How an export is written (encoding, dates, numbers, ...): found out, or asked for."""

import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from factories.exports.files import COST_AND_STOCK, Cell, read_made, write_export, write_workbook
from factories.exports.online_retail import RETAIL_LINE
from factories.exports.shopify import SHOPIFY_PRODUCT, line, shopify_order
from factories.exports.superstore import SUPERSTORE_LINE
from loader.cli import loader
from loader.errors import LoaderError
from loader.ingest.sources.convert import convert
from loader.ingest.sources.mapping import sources
from loader.ingest.sources.records import Choices, Conversion


def converted(folder: Path, source: str = "shopify", **choices: str) -> Conversion:
    chosen = Choices(values=COST_AND_STOCK, **choices)  # type: ignore[arg-type]
    return convert(source, folder / "in", chosen, folder / "out")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiter_and_line_ends_are_found(tmp_path: Path, delimiter: str, line_end: str) -> None:
    rows = shopify_order(line(name="Tee, large; | blue"), **{"Shipping Street": "1 Elm"})
    write_export(tmp_path / "in" / "orders.csv", rows, delimiter=delimiter, line_end=line_end)
    converted(tmp_path)
    (product,) = read_made(tmp_path / "out", "products")
    assert product["product_name"] == "Tee, large; | blue"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encoding_is_found_where_the_file_proves_it(tmp_path: Path, encoding: str) -> None:
    write_export(
        tmp_path / "in" / "orders.csv",
        shopify_order(**{"Billing Name": "Zoë Åberg"}),
        encoding=encoding,
    )
    converted(tmp_path)
    (customer,) = read_made(tmp_path / "out", "customers")
    assert (customer["first_name"], customer["last_name"]) == ("Zoë", "Åberg")


def test_encoding_is_asked_for_where_nothing_proves_it(tmp_path: Path) -> None:
    write_export(
        tmp_path / "in" / "orders.csv", shopify_order(**{"Billing Name": "Zoë"}), encoding="cp1252"
    )
    with pytest.raises(LoaderError, match="--encoding cp1252"):
        converted(tmp_path)
    converted(tmp_path, encoding="cp1252")
    assert read_made(tmp_path / "out", "customers")[0]["first_name"] == "Zoë"


def test_dates_are_proven_by_one_of_them(tmp_path: Path) -> None:
    rows = [
        SUPERSTORE_LINE | {"Order Date": "03/04/2016"},
        SUPERSTORE_LINE | {"Order Date": "13/04/2016", "Order ID": "B"},
    ]
    write_export(tmp_path / "in" / "lines.csv", rows)
    made = converted(tmp_path, "superstore")
    assert made.notation.dates == "day-first"
    assert {row["transaction_date"] for row in read_made(tmp_path / "out", "transactions")} == {
        "2016-04-03",
        "2016-04-13",
    }


def test_dates_are_asked_for_where_none_proves_them(tmp_path: Path) -> None:
    write_export(tmp_path / "in" / "lines.csv", [SUPERSTORE_LINE | {"Order Date": "03/04/2016"}])
    with pytest.raises(LoaderError, match="--dates day-first or month-first"):
        converted(tmp_path, "superstore")
    converted(tmp_path, "superstore", dates="month-first")
    assert read_made(tmp_path / "out", "transactions")[0]["transaction_date"] == "2016-03-04"


@pytest.mark.parametrize("asked", [None, "day-first"])
def test_dates_that_prove_both_or_another_order_are_refused(
    tmp_path: Path, asked: str | None
) -> None:
    rows = [SUPERSTORE_LINE | {"Order Date": "11/18/2016"}]
    rows += [SUPERSTORE_LINE | {"Order Date": "18/11/2016"}] * (asked is None)
    write_export(tmp_path / "in" / "lines.csv", rows)
    with pytest.raises(LoaderError, match="can only be month-first"):
        convert("superstore", tmp_path / "in", Choices(dates=asked), None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("12/13/10 8:26", ("2010-12-13", "08:26:00")),
        ("12/13/2010 2:05:09 PM", ("2010-12-13", "14:05:09")),
        ("2010.12.13", ("2010-12-13", "00:00:00")),
        ("2010-12-13T14:05:09.5+01:00", ("2010-12-13", "14:05:09")),
    ],
)
def test_forms_of_dates(tmp_path: Path, written: str, expected: tuple[str, str]) -> None:
    write_export(tmp_path / "in" / "lines.csv", [RETAIL_LINE | {"InvoiceDate": written}])
    converted(tmp_path, "online_retail")
    (made,) = read_made(tmp_path / "out", "transactions")
    assert (made["transaction_date"], made["transaction_time"]) == expected


def test_decimal_comma_is_proven_or_asked_for(tmp_path: Path) -> None:
    write_export(tmp_path / "in" / "lines.csv", [RETAIL_LINE | {"UnitPrice": "2,55"}])
    assert converted(tmp_path, "online_retail").notation.decimal == "comma"
    write_export(tmp_path / "in" / "lines.csv", [RETAIL_LINE | {"UnitPrice": "1,234"}])
    with pytest.raises(LoaderError, match="--decimal point or comma"):
        converted(tmp_path, "online_retail")
    converted(tmp_path, "online_retail", decimal="point")
    assert read_made(tmp_path / "out", "transaction_items")[0]["line_total"] == "7404.00"
    write_export(tmp_path / "in" / "lines.csv", [RETAIL_LINE | {"UnitPrice": "2,55"}, RETAIL_LINE])
    with pytest.raises(LoaderError, match="written in two ways"):
        converted(tmp_path, "online_retail")


def test_value_that_is_no_number_is_named_by_place_and_form_alone(tmp_path: Path) -> None:
    write_export(tmp_path / "in" / "lines.csv", [RETAIL_LINE, RETAIL_LINE | {"UnitPrice": "Ann 5"}])
    with pytest.raises(
        LoaderError, match=r"lines\.csv line 3, UnitPrice\|Price: .*form AAA 9 is no number"
    ) as raised:
        converted(tmp_path, "online_retail")
    assert "Ann" not in str(raised.value)


def test_row_of_another_width_is_refused_by_its_line(tmp_path: Path) -> None:
    path = write_export(tmp_path / "in" / "lines.csv", [RETAIL_LINE])
    path.write_text(path.read_text("utf-8") + "536366,1\n", "utf-8")
    with pytest.raises(LoaderError, match=r"lines\.csv line 3 has 2 values, its header 8"):
        converted(tmp_path, "online_retail")


def test_blank_rows_and_commas_at_the_end_are_passed_over(tmp_path: Path) -> None:
    path = write_export(tmp_path / "in" / "lines.csv", [RETAIL_LINE])
    path.write_text(path.read_text("utf-8").rstrip("\n") + ",,\n,,,,,,,\n\n", "utf-8")
    assert converted(tmp_path, "online_retail").row_counts["transaction_items"] == 1


def test_unknown_export_names_what_is_missing_and_the_nearest_source(tmp_path: Path) -> None:
    row = {name: value for name, value in SUPERSTORE_LINE.items() if name != "Discount"}
    write_export(tmp_path / "in" / "lines.csv", [row])
    with pytest.raises(LoaderError) as raised:
        converted(tmp_path)
    assert "lines.csv comes nearest, without the columns Name, Email" in str(raised.value)
    assert "nearest source is superstore (its lines, without the columns Discount)" in str(
        raised.value
    )


def test_folder_without_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(LoaderError, match="no CSV, Excel or Parquet file"):
        converted(tmp_path)


def test_line_separator_within_a_value_ends_no_line(tmp_path: Path) -> None:
    write_export(tmp_path / "in" / "lines.csv", [RETAIL_LINE | {"Description": "HEART\u2028RED"}])
    assert converted(tmp_path, "online_retail").row_counts["transaction_items"] == 1


def test_parquet_is_read(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    rows: dict[str, list[object]] = {name: [value] for name, value in RETAIL_LINE.items()}
    rows |= {"Quantity": [6], "UnitPrice": [2.55]}
    pq.write_table(pa.table(rows), tmp_path / "in" / "retail.parquet")
    converted(tmp_path, "online_retail")
    assert read_made(tmp_path / "out", "transaction_items")[0]["line_total"] == "15.30"


def test_sheets_of_a_workbook_are_read_and_what_both_hold_is_taken_once(tmp_path: Path) -> None:
    sold_at = datetime.fromisoformat("2010-12-13 08:26")
    both: list[Cell] = [536365, "85123A", "HEART", 6, sold_at, 2.55, 17850, "UK"]
    first: list[Cell] = [536300, *both[1:]]
    write_workbook(
        tmp_path / "in" / "retail.xlsx",
        Year2009=[[*RETAIL_LINE], first, both],
        Year2010=[[*RETAIL_LINE], both],
        Empty=[],
    )
    made = converted(tmp_path, "online_retail")
    assert [file.name for file in made.files] == [
        "retail.xlsx [Year2009]",
        "retail.xlsx [Year2010]",
    ]
    rows = read_made(tmp_path / "out", "transactions")
    assert {row["transaction_id"] for row in rows} == {"536300", "536365"}
    assert {row["total_amount"] for row in rows} == {"15.30"}
    assert (rows[0]["transaction_date"], rows[0]["transaction_time"]) == ("2010-12-13", "08:26:00")


@pytest.mark.parametrize("name", ["retail.xlsx", "retail.parquet", "retail.csv.gz"])
def test_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(b"no such thing")
    with pytest.raises(LoaderError, match=f"{name} cannot be read"):
        converted(tmp_path, "online_retail")


def test_folder_with_other_files_is_not_replaced(tmp_path: Path) -> None:
    write_export(tmp_path / "in" / "orders.csv", shopify_order())
    write_export(tmp_path / "out" / "letter.csv", [{"a": "1"}])
    with pytest.raises(LoaderError, match=r"holds other files \(letter\.csv\)"):
        converted(tmp_path)


def test_command_checks_writes_and_ends_with_3_on_contradictions(tmp_path: Path) -> None:
    write_export(tmp_path / "in" / "orders.csv", shopify_order())
    write_export(tmp_path / "in" / "products.csv", [SHOPIFY_PRODUCT])
    command = ["convert", "--from", "shopify", str(tmp_path / "in"), "--to", str(tmp_path / "out")]
    checked = CliRunner().invoke(loader, [*command, "--check"])
    assert (checked.exit_code, (tmp_path / "out").exists()) == (0, False), checked.output
    assert "difference" in checked.output
    assert CliRunner().invoke(loader, command).exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "customers.csv",
        "products.csv",
        "transaction_items.csv",
        "transactions.csv",
    ]
    write_export(
        tmp_path / "in" / "orders.csv", shopify_order() + shopify_order(Name="#2", Subtotal="99.00")
    )
    assert CliRunner().invoke(loader, command).exit_code == 3


def test_missing_duckdb_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(LoaderError, match="make install-convert"):
        converted(tmp_path)


def test_sources_are_those_that_the_command_names() -> None:
    assert sources() == [
        "columns",
        "olist",
        "online_retail",
        "shopify",
        "superstore",
        "woocommerce",
    ]
