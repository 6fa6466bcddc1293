"""Tables of the dashboards, and what is saved or printed of them."""

import base64
from pathlib import Path

from playwright.sync_api import Page

from expectations.dashboard_pages import (
    ALL_TIME,
    open_page,
    rows_of,
)


def test_chart_is_saved_as_a_picture_of_its_colours(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", ALL_TIME)
    with tab.expect_download() as download:
        tab.click("#revenue_by_category .to-png")
    assert download.value.suggested_filename == "revenue_by_category_2025-01_2026-03-17.png"
    data = base64.b64encode(Path(download.value.path()).read_bytes()).decode()
    url = f"data:image/png;base64,{data}"
    assert tab.evaluate(COUNT_PIXELS, [url, [42, 99, 176], 100, 2000]) > 1000
    # its title, and below it what acts on it, in the colour of text
    for top, bottom in ((20, 55), (60, 90)):
        assert tab.evaluate(COUNT_PIXELS, [url, [29, 36, 51], top, bottom]) > 100


COUNT_PIXELS = """async ([url, colour, top, bottom]) => {
    const image = Object.assign(new Image(), {src: url});
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    const {data} = pen.getImageData(0, top, image.width, Math.min(bottom, image.height) - top);
    let count = 0;
    for (let i = 0; i < data.length; i += 4)
        count += colour.every((part, j) => data[i + j] === part);
    return count;
}"""


def test_table_and_downloaded_csv_say_the_same(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", ALL_TIME)
    tab.click("#revenue_by_category .to-table")
    shown_rows = tab.locator("#revenue_by_category tbody tr").all_inner_texts()
    with tab.expect_download() as download:
        tab.click("#revenue_by_category .to-csv")
    assert download.value.suggested_filename == "revenue_by_category_2025-01_2026-03-17.csv"
    rows = rows_of(Path(download.value.path()).read_text(encoding="utf-8-sig"))
    assert [text.split("\t")[0] for text in shown_rows] == [row["category"] for row in rows]
    units = [text.split("\t")[4].replace(",", "") for text in shown_rows]
    assert units == [row["units"] for row in rows]
    tab.click("#revenue_by_category th:nth-child(5) button")  # units, most first
    first = tab.locator("#revenue_by_category tbody tr").first.inner_text().split("\t")[4]
    assert int(first.replace(",", "")) == max(int(row["units"]) for row in rows)


def test_product_table_is_searched_and_turned(tab: Page, site: Path) -> None:
    open_page(tab, site, "products.html", ALL_TIME)
    assert tab.inner_text("#product_table .pager span") == "1 to 25 of 30"
    tab.click("#product_table .pager button:has-text('Next')")
    assert tab.inner_text("#product_table .pager span") == "26 to 30 of 30"
    tab.fill("#product_table-search", "prod0007")
    assert tab.locator("#product_table tbody tr").count() == 1
    assert "PROD0007" in tab.inner_text("#product_table tbody")


def test_table_begins_anew_when_other_rows_are_chosen(tab: Page, site: Path) -> None:
    open_page(tab, site, "products.html", ALL_TIME)
    tab.click("#product_table .pager button:has-text('Next')")
    assert tab.inner_text("#product_table .pager span") == "26 to 30 of 30"
    tab.select_option("#preset", "12")
    tab.wait_for_function("shop.updates.length === 1")
    assert tab.inner_text("#product_table .pager span").startswith("1 to ")


def test_paper_has_all_rows_of_a_table(tab: Page, site: Path) -> None:
    open_page(tab, site, "products.html", ALL_TIME)
    rows = tab.locator("#product_table tbody tr")
    tab.click("#product_table .pager button:has-text('Next')")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert rows.count() == 30
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 700, "height": 1000})
    frame = tab.locator("#product_table .frame")
    assert frame.evaluate("(frame) => frame.scrollWidth - frame.clientWidth") <= 0
    assert frame.evaluate("(frame) => frame.scrollHeight - frame.clientHeight") <= 0
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert rows.count() == 25
