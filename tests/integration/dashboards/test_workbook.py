"""The Excel workbook of a page: every cell is that of a table, whatever was chosen."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.utils.escape import unescape
from openpyxl.worksheet.worksheet import Worksheet
from playwright.sync_api import Page

from dashboards.catalogue import DIMENSIONS, MEASURES, PAGES, Visual
from dashboards.catalogue import Page as CataloguePage
from dashboards.catalogue.returns import with_returns
from dashboards.site.build import build
from dashboards.site.pages import file_name
from expectations.dashboard_pages import ALL_TIME, READ_CSV, VERSIONS, open_page, rows_of
from loader.config.settings import Settings

HEADER = 6  # its row
CATEGORY = "Women's \U0001f6cd\ufe0f & <b>"
QUOTED = CATEGORY.replace("'", "''")
NAMES = f"""
update mart.dim_products set category = '{QUOTED}' where category = 'Books';
update mart.rpt_stock_cover set category = '{QUOTED}' where category = 'Books';
update mart.rpt_product_profitability set
    category = case category when 'Books' then '{QUOTED}' else category end,
    product_name = case right(product_id, 1)
        when '1' then '=1+1' when '2' then '@sum' when '3' then '_x0041_' when '4' then '0042'
        when '5' then 'O''Neill \u65e5\u672c \U0001f6cd' else product_name end;
update mart.rpt_customer_lifetime_value set full_name = '+' || full_name;
"""
WRITTEN = {
    "text": "@",
    "count": "#,##0",
    "money": "#,##0.00",
    "percent": "0.0%",
    "decimal": "#,##0.0#",
    "date": "yyyy-mm-dd",
    "month": "yyyy-mm",
}
LABELS = """() => {
    const all = (within, selector) => [...within.querySelectorAll(selector)];
    for (const button of all(document, ".to-table[aria-expanded=false]")) button.click();
    const labels = (figure) => all(figure, "th button").map((button) => button.textContent);
    return Object.fromEntries(all(document, "figure").map((figure) => [figure.id, labels(figure)]));
}"""


@pytest.fixture(scope="module")
def shop_of_site(returning_shop: tuple[str, Path]) -> tuple[str, Path]:
    return returning_shop


@pytest.fixture(scope="module")
def changes_of_shop() -> str:
    """Return changes of names into such as invite mistakes."""
    return NAMES + VERSIONS


@pytest.mark.parametrize("page", list(map(with_returns, PAGES)), ids=lambda page: page.id)
def test_every_cell_is_that_of_a_table(tab: Page, site: Path, page: CataloguePage) -> None:
    open_page(tab, site, file_name(page))
    assert_cells_are_those_of_tables(tab, page, downloaded(tab))
    choose(tab)
    assert_cells_are_those_of_tables(tab, page, downloaded(tab))


def choose(tab: Page) -> None:
    """Choose a category, the last days, and what they are compared with."""
    tab.click("#choice-category summary")
    tab.get_by_role("checkbox", name=CATEGORY, exact=True).check()
    tab.keyboard.press("Escape")
    tab.select_option("#preset", "28d")
    tab.select_option("#comparison", "year")
    tab.wait_for_function("shop.updates.length === 3")


def assert_cells_are_those_of_tables(tab: Page, page: CataloguePage, workbook: Workbook) -> None:
    """Fail with the cells that differ from their tables."""
    tables, labels = tab.evaluate(READ_CSV), tab.evaluate(LABELS)
    assert workbook.sheetnames == [visual.title for visual in page.visuals]
    wrong: dict[str, list[str]] = {}
    for visual in page.visuals:
        sheet, rows = workbook[visual.title], rows_of(tables[visual.id])
        assert [cell.value for cell in sheet[HEADER]] == labels[visual.id]
        if rows:
            assert len(labels[visual.id]) == len(rows[0])
        assert sheet.max_row == HEADER + len(rows)
        found = list(differing(visual, sheet, rows))
        wrong |= {visual.id: found[:5]} if found else {}
    assert wrong == {}


def differing(visual: Visual, sheet: Worksheet, rows: list[dict[str, str]]) -> Iterator[str]:
    """Yield the cells that do not say what the table's row says, or not as what it is."""
    formats = formats_of(visual)
    for cells, row in zip(sheet.iter_rows(min_row=HEADER + 1), rows, strict=True):
        for cell, (name, text) in zip(cells, row.items(), strict=True):
            assert isinstance(cell, Cell)
            written = f"{text}".replace("_", " ").capitalize() if name == "table_name" else text
            if not is_same(cell, written, formats[name]):
                yield f"{cell.coordinate}: {cell.value!r} ({cell.number_format}), not {text!r}"


def formats_of(visual: Visual) -> dict[str, str]:
    """Return how a visual's fields are written, by name."""
    formats: dict[str, str] = {name: DIMENSIONS[name].format for name in visual.dimensions}
    formats |= {"day": "date", "week": "date"}
    formats |= {name: MEASURES[name].format for name in visual.measures}
    formats |= {field.name: field.format for field in visual.derived}
    formats |= {field.name: field.format for field in visual.columns}
    if visual.kind == "figure":
        [measure] = visual.measures
        formats |= {"compared_from": "date", "compared_to": "date"}
        is_percent = formats[measure] == "percent"
        formats |= {"previous_period": formats[measure]}
        formats |= {"change": "decimal" if is_percent else "percent"}
    return formats


def is_same(cell: Cell, text: str, format_: str) -> bool:
    """Return whether a cell has the value of a table's as CSV writes it, and its form."""
    if text in ("", "true", "false"):
        return cell.value is {"": None, "true": True, "false": False}[text]
    if format_ == "text" and cell.data_type == "s":
        plain = text[1:] if re.match(r"'[=+\-@]", text) else text
        return unescape(str(cell.value)) == plain and is_written(cell, format_)
    if isinstance(cell.value, datetime):
        day = f"{cell.value:%Y-%m-%d}" if format_ == "date" else f"{cell.value:%Y-%m}"
        return day == text and is_written(cell, format_)
    assert isinstance(cell.value, int | float)
    value = cell.value * 100 if format_ == "percent" else cell.value
    return abs(value - float(text)) < 0.005 + 1e-9 and is_written(cell, format_)


def is_written(cell: Cell, format_: str) -> bool:
    """Return whether a cell has the number format that is that of its field in Excel."""
    is_number = format_ == "text" and cell.data_type == "n"  # a number that is a name
    return str(cell.number_format) == ("General" if is_number else WRITTEN[format_])


def downloaded(tab: Page) -> Workbook:
    """Return the workbook that the page's button saves."""
    with tab.expect_download() as download:
        tab.click("#to-xlsx")
    path = Path(download.value.path())
    with ZipFile(path) as archive:
        assert archive.testzip() is None
    with path.open("rb") as file:
        return load_workbook(file)


def test_sheet_says_what_acts_on_it(tab: Page, site: Path) -> None:
    open_page(tab, site, "products.html")
    choose(tab)
    workbook = downloaded(tab)
    sheet = workbook["Top products"]
    assert sheet["A1"].value == "Top products"
    assert sheet["A2"].value == f"Period: 18 Feb \u2013 17 Mar 2026; Category: {CATEGORY}."
    compared = f"{sheet['A2'].value[:-1]}; Compared with: 18 Feb \u2013 17 Mar 2025."
    assert workbook["Units sold"]["A2"].value == compared
    assert sheet["A3"].value == "Amounts in INR, as of 2026-03-17."
    assert workbook["Units sold"]["A3"].value == "As of 2026-03-17."  # no amount is in it
    assert workbook["Stock cover"]["A2"].value == f"Category: {CATEGORY}."  # no period acts
    assert str(workbook["Stock cover"]["A4"].value).startswith("Stock is the whole shop's")
    assert sheet.freeze_panes == f"A{HEADER + 1}"
    for cell in sheet[HEADER]:
        assert sheet.column_dimensions[cell.column_letter].width > len(cell.value)


def test_sheet_names_the_year_that_a_line_is_compared_with(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", {"period": ("2025-06", "2026-02")})
    sheet = downloaded(tab)["Revenue over time"]
    assert (
        sheet["A2"].value
        == "Period: Jun 2025 \u2013 Feb 2026; Compared with: 20 Jan \u2013 28 Feb 2025."
    )
    tab.select_option("#comparison", "none")
    tab.wait_for_function("shop.updates.length === 1")
    assert downloaded(tab)["Revenue over time"]["A2"].value == "Period: Jun 2025 \u2013 Feb 2026."


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.id)
def test_sheet_says_nothing_of_colours(tab: Page, site: Path, page: CataloguePage) -> None:
    open_page(tab, site, file_name(page), ALL_TIME)
    assert tab.locator(".note.look").count() > 0
    for sheet in downloaded(tab).worksheets:
        for row in range(1, HEADER):
            text = str(sheet.cell(row, 1).value)
            assert not re.search(r"colour|grey|tile|area", text), sheet.title


def test_saving_is_said_to_a_screen_reader(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", ALL_TIME)
    downloaded(tab)
    said = tab.locator("#saved[aria-live=polite]")
    assert said.inner_text() == "Saved overview_2025-01_2026-03-17.xlsx."


def test_text_that_looks_like_a_formula_is_text(tab: Page, site: Path) -> None:
    open_page(tab, site, "products.html", ALL_TIME)
    sheets = downloaded(tab).worksheets
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value in ("=1+1", "@sum", "0042")} == {"s"}
    assert "=1+1" in [cell.value for cell in cells]
    assert "f" not in {cell.data_type for cell in cells}


def test_button_works_from_the_keyboard_names_its_file_and_is_not_printed(
    tab: Page, site: Path
) -> None:
    open_page(tab, site, "customers.html", {**ALL_TIME, "payment_method": ("Credit Card",)})
    for _ in range(30):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.id") == "to-xlsx":
            break
    with tab.expect_download() as download:
        tab.keyboard.press("Enter")
    assert download.value.suggested_filename == "customers_2025-01_2026-03-17_Credit-Card.xlsx"
    tab.emulate_media(media="print")
    assert tab.locator("#to-xlsx").is_hidden()


def test_money_has_the_decimals_of_its_currency(tab: Page, bundled: Settings) -> None:
    build(bundled.model_copy(update={"currency": "JPY", "locale": "ja-JP"}))
    tab.context.unroute("**/*")
    open_page(tab, bundled.site_dir, "index.html", ALL_TIME)
    sheet = downloaded(tab)["Revenue"]
    assert sheet["A3"].value == "Amounts in JPY, as of 2026-03-17."
    assert sheet.cell(HEADER + 1, 1).number_format == "#,##0"
