"""The dashboards in a real browser: every figure is mart's, and nobody else is asked for one."""

import base64
import re
import zlib
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FloatRect, Locator, Page, ViewportSize

from conftest import ScratchDatabase
from dashboards.catalogue import PAGES
from dashboards.catalogue import Page as CataloguePage
from dashboards.site.build import build
from dashboards.site.pages import file_name
from expectations.dashboard_figures import Row, Selection, drawn, expected_rows, number_in, shown
from expectations.dashboard_pages import (
    ALL_TIME,
    READ_CSV,
    SELECTIONS,
    differences,
    open_page,
    rows_of,
)
from factories.days import execute, query
from factories.small_shop import TODAY
from loader.config.settings import Settings
from loader.errors import LoaderError


@pytest.fixture
def sold_nothing(
    small_shop: tuple[str, Path],
    scratch_database: ScratchDatabase,
    monkeypatch: pytest.MonkeyPatch,
    bundled: Settings,
) -> Path:
    """Return the site of a shop that has customers and products, and no sale."""
    with scratch_database(monkeypatch, small_shop[0]):
        execute("truncate mart.fct_sales, mart.rpt_customer_rfm, mart.agg_daily_sales")
        execute("update ops.publication_relations set row_count = 0")
        build(bundled)
    return bundled.site_dir


@pytest.mark.parametrize("selection", SELECTIONS.values(), ids=SELECTIONS)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.id)
def test_every_figure_equals_sql_on_mart(
    tab: Page, site: Path, page: CataloguePage, selection: Selection
) -> None:
    open_page(tab, site, file_name(page), selection)
    texts = tab.evaluate(READ_CSV)
    assert set(texts) == {visual.id for visual in page.visuals}
    wrong = {}
    for declared in page.visuals:
        visual = drawn(declared, selection, TODAY)
        expected = shown(visual, expected_rows(visual, selection, TODAY))
        if found := differences(visual, rows_of(texts[visual.id]), expected):
            wrong[visual.id] = found[:5]
    assert wrong == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.id)
def test_page_is_accessible_in_light_and_dark(tab: Page, site: Path, page: CataloguePage) -> None:
    for colours in ("light", "dark"):
        # without motion, or a colour on its way to another is measured
        tab.emulate_media(color_scheme=colours, reduced_motion="reduce")
        open_page(tab, site, file_name(page))
        assert tab.evaluate("document.documentElement.dataset.theme") == colours
        tab.evaluate("document.querySelectorAll('.to-table').forEach((button) => button.click())")
        # style sheets of a file cannot be fetched by a script, and need not be
        only = {} if colours == "light" else {"runOnly": ["color-contrast"]}  # all that differs
        found = Axe().run(tab, options={"preload": False, **only})
        problems = [
            (one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]
        ]
        assert problems == [], colours


def test_page_tells_publication_run_and_day(tab: Page, site: Path) -> None:
    [(run_id,)] = query("select run_id from ops.runs order by started_at desc limit 1")
    for page in PAGES:
        open_page(tab, site, file_name(page))
        footer = tab.inner_text("footer")
        assert f"Publication 1 of {TODAY}" in footer
        assert run_id in footer


def test_phone_shows_everything_without_scrolling_sideways(tab: Page, site: Path) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    for page in PAGES:
        open_page(tab, site, file_name(page))
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390, page.id
        for visual in page.visuals:
            box = box_of(tab.locator(f"#{visual.id}"))
            assert box["x"] >= 0, visual.id
            assert box["x"] + box["width"] <= 390, visual.id


def test_filters_work_from_the_keyboard_and_stay_in_the_address(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", ALL_TIME)
    before = tab.inner_text("#revenue_total .value")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    for _ in range(20):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.closest('#choice-category') !== null"):
            break
    tab.keyboard.press("Enter")  # opens the categories
    tab.keyboard.press("Tab")  # to All
    tab.keyboard.press("Tab")  # to the first category
    tab.keyboard.press("Space")
    tab.wait_for_function("shop.updates.length === 1")
    tab.keyboard.press("Escape")
    assert tab.evaluate("document.activeElement.closest('#choice-category').open") is False
    assert "category=Beauty" in tab.url
    assert "Beauty" in tab.inner_text("#status")
    after = tab.inner_text("#revenue_total .value")
    assert after != before
    tab.click("nav a:has-text('Products')")
    tab.wait_for_selector("body[data-ready]")
    assert "category=Beauty" in tab.url
    tab.click("#reset")
    tab.wait_for_function("shop.updates.length === 1")
    assert "category" not in tab.url


def test_click_on_a_mark_chooses_it_and_chip_and_back_undo_it(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", ALL_TIME)
    bar = tab.locator("#revenue_by_category .chart .mark-rect.role-mark path").nth(1)
    bar.click()
    tab.wait_for_function("shop.updates.length === 1")
    chosen = tab.inner_text("#chips button")[:-2]
    assert f"category={chosen}" in unquote_plus(tab.url)
    assert tab.inner_text("#revenue_by_category .summary").startswith(f"{chosen} leads")
    tab.click("#chips button")
    tab.wait_for_function("shop.updates.length === 2")
    assert tab.locator("#chips button").count() == 0
    tab.go_back()
    tab.wait_for_function("shop.updates.length === 3")
    assert tab.inner_text("#chips button")[:-2] == chosen


def test_tap_says_what_a_mark_stands_for_and_chooses_nothing(browser: Browser, site: Path) -> None:
    phone = ViewportSize(width=390, height=844)
    with closing(browser.new_context(viewport=phone, has_touch=True, is_mobile=True)) as context:
        tab = context.new_page()
        open_page(tab, site, "index.html", ALL_TIME)
        tab.locator("#revenue_by_payment_method .chart .mark-rect.role-mark path").first.tap()
        assert "Orders:" in tab.inner_text(".tip")
        assert tab.locator("#chips button").count() == 0
        tab.tap("h1")
        assert tab.locator(".tip").is_hidden()


def test_shop_sets_its_name_currency_language_and_week(tab: Page, bundled: Settings) -> None:
    build(bundled.model_copy(update=GERMAN))
    tab.context.unroute("**/*")
    open_page(tab, bundled.site_dir, "time_and_place.html", ALL_TIME)
    assert tab.inner_text(".brand") == "Müller & Söhne"
    assert "amounts in EUR" in tab.inner_text(".as-of")
    assert re.search(r"with \d+(,\d+)? ?\S*\s€", tab.inner_text("#daily_revenue .summary"))
    days = tab.locator("#weekday_and_hour .role-axis-label text").all_text_contents()
    assert next(day for day in days if day.endswith("day")) == "Sunday"


GERMAN = {
    "name": "Müller & Söhne",
    "currency": "EUR",
    "locale": "de-DE",
    "week_start": "Sunday",
}


def test_shop_that_sold_nothing_lately_opens_with_what_it_sold_and_says_since_when(
    small_shop: tuple[str, Path],
    scratch_database: ScratchDatabase,
    monkeypatch: pytest.MonkeyPatch,
    bundled: Settings,
    tab: Page,
) -> None:
    with scratch_database(monkeypatch, small_shop[0]):
        execute("delete from mart.fct_sales where date_key > 20251110")
        execute(
            "update ops.publication_relations set row_count = (select count(*) from mart.fct_sales)"
            " where relation_name = 'fct_sales'"
        )
        build(bundled)
    tab.context.unroute("**/*")
    open_page(tab, bundled.site_dir, "index.html")
    assert "Nothing has been sold since " in tab.inner_text("#status")
    assert " Nov 2025." in tab.inner_text("#status")
    assert number_in_text(tab.inner_text("#transactions_total .value")) > 0
    tab.fill("#from", "2026-02-01")
    tab.wait_for_function("shop.updates.length === 1")
    assert "%" not in tab.inner_text("#revenue_total .change")


def number_in_text(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def test_link_with_unknown_values_says_so(tab: Page, site: Path) -> None:
    unknown = {
        "period": ("2025-02", "1999-01"),
        "category": ("Books", "Weapons"),
        "colour": ("red",),
    }
    open_page(tab, site, "index.html", unknown)
    unknown_is = "names what is not here: last day 1999-01, Category Weapons, filter colour=red."
    assert unknown_is in tab.inner_text("#status")
    assert tab.inner_text("#chips button")[:-2] == "Books"
    with tab.expect_download() as download:
        tab.click("#revenue_by_category .to-csv")
    assert download.value.suggested_filename == "revenue_by_category_2025-02_2026-03-17_Books.csv"
    assert tab.inner_text("#saved") == f"Saved {download.value.suggested_filename}."


def test_segment_is_chosen_on_its_page_alone(tab: Page, site: Path) -> None:
    open_page(tab, site, "customers.html", {**ALL_TIME, "state": ("Kerala, India",)})
    tab.locator("#customers_by_segment .chart .mark-rect.role-mark path").first.click()
    tab.wait_for_function("shop.updates.length === 1")
    chips = tab.locator("#chips button").all_inner_texts()
    assert chips == ["Kerala, India ×", "Regular ×"]
    assert "segment=Regular" in tab.url
    for name in ("segment", "age_group"):
        assert tab.locator(f"#choice-{name}").is_visible()
    tab.click("nav a:has-text('Products')")
    tab.wait_for_selector("body[data-ready]")
    assert tab.locator("#chips button").all_inner_texts() == ["Kerala, India ×"]
    assert "link names" not in tab.inner_text("#status")
    assert tab.locator("#choice-segment").count() == 0


def test_states_are_listed_for_the_chosen_country(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", {**ALL_TIME, "country": ("Nepal",)})
    tab.click("#choice-state summary")
    assert tab.locator("#choice-state label:visible").all_inner_texts() == ["Bagmati, Nepal"]


def test_chart_is_saved_as_a_picture_of_its_colours(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", ALL_TIME)
    with tab.expect_download() as download:
        tab.click("#revenue_by_category .to-png")
    assert download.value.suggested_filename == "revenue_by_category_2025-01_2026-03-17.png"
    data = base64.b64encode(Path(download.value.path()).read_bytes()).decode()
    blue = tab.evaluate(COUNT_PIXELS, [f"data:image/png;base64,{data}", [42, 99, 176]])
    assert blue > 1000


COUNT_PIXELS = """async ([url, colour]) => {
    const image = Object.assign(new Image(), {src: url});
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    const {data} = pen.getImageData(0, 0, image.width, image.height);
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
    tab.click("#product_table .pager button:has-text('On')")
    assert tab.inner_text("#product_table .pager span") == "26 to 30 of 30"
    tab.fill("#product_table-search", "prod0007")
    assert tab.locator("#product_table tbody tr").count() == 1
    assert "PROD0007" in tab.inner_text("#product_table tbody")


def test_table_begins_anew_when_other_rows_are_chosen(tab: Page, site: Path) -> None:
    open_page(tab, site, "products.html", ALL_TIME)
    tab.click("#product_table .pager button:has-text('On')")
    assert tab.inner_text("#product_table .pager span") == "26 to 30 of 30"
    tab.select_option("#preset", "12")
    tab.wait_for_function("shop.updates.length === 1")
    assert tab.inner_text("#product_table .pager span").startswith("1 to ")


def test_key_names_the_year_before_only_where_it_is_drawn(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", {"period": ("2025-01", "2025-12")})
    key = tab.locator("#revenue_by_month .key li")
    assert key.locator("visible=true").all_inner_texts() == ["Revenue"]
    open_page(tab, site, "index.html", ALL_TIME)
    assert key.locator("visible=true").all_inner_texts() == ["Revenue", "Year before"]


def test_day_is_compared_with_what_was_sold_on_a_day(tab: Page, site: Path) -> None:
    days = query(
        "select full_date - 1 from mart.agg_daily_sales where full_date > '2025-06-01'"
        " and not exists (select from mart.agg_daily_sales as before"
        " where before.full_date = agg_daily_sales.full_date - 1) order by 1 limit 1"
    )
    day = days[0][0] + timedelta(days=1)
    open_page(tab, site, "index.html", {"period": (str(day), str(day))})
    before = days[0][0]
    change = tab.inner_text("#revenue_total .change")
    assert change == f"nothing on {before.day} {before:%b %Y}"


def test_stock_cover_draws_what_is_in_stock_and_counts_what_is_not(
    small_shop: tuple[str, Path],
    scratch_database: ScratchDatabase,
    monkeypatch: pytest.MonkeyPatch,
    bundled: Settings,
    tab: Page,
) -> None:
    with scratch_database(monkeypatch, small_shop[0]):
        # of one category, so that more run out than are listed
        execute("update mart.rpt_stock_cover set category = 'Books' where product_id > 'PROD0004'")
        execute("update mart.rpt_stock_cover set days_of_cover = days_of_cover / 20")
        execute(
            "update mart.rpt_stock_cover set stock_quantity = 0, days_of_cover = 0"
            " where product_id < 'PROD0008'"
        )
        [(category, sold_out)] = query(
            "select category, count(*) from mart.rpt_stock_cover where stock_quantity = 0"
            " and units_sold > 0 group by category order by 2 desc, 1 limit 1"
        )
        # gone for good, as it seems: it is not sold out
        execute(
            "update mart.rpt_stock_cover set units_sold = 0, days_of_cover = null"
            " where product_id = (select max(product_id) from mart.rpt_stock_cover"
            f" where stock_quantity = 0 and units_sold > 0 and category = '{category}')"
        )
        sold_out -= 1
        assert sold_out > 0
        build(bundled)
        [(in_stock, late)] = query(
            "select count(*), count(*) filter (where days_of_cover < 14) from mart.rpt_stock_cover"
            f" where stock_quantity > 0 and units_sold > 0 and category = '{category}'"
        )
        assert late > 10
        first = query(
            "select product_id, days_of_cover from mart.rpt_stock_cover where stock_quantity > 0"
            f" and category = '{category}' order by days_of_cover, units_sold desc limit 1"
        )
    tab.context.unroute("**/*")
    open_page(tab, bundled.site_dir, "products.html", {**ALL_TIME, "category": (category,)})
    sentence = tab.inner_text("#stock_cover .summary")
    assert f" {sold_out} more product" in sentence
    assert f" {late} of {in_stock} product" in sentence
    assert ("listed are the 10 that last shortest" in sentence) == (in_stock > 10)
    rows = rows_of(tab.evaluate(READ_CSV)["stock_cover"])
    assert [(row["product_id"], float(row["days_of_cover"])) for row in rows[:1]] == [
        (id_, float(days)) for id_, days in first
    ]
    line = box_of(tab.locator("#stock_cover .chart .mark-rule line"))
    bar = box_of(tab.locator("#stock_cover .chart .mark-rect.role-mark path").first)
    pixels = bar["width"] / float(rows[0]["days_of_cover"])
    assert line["x"] == pytest.approx(bar["x"] + pixels * 14, abs=2)


def test_discounts_are_judged_by_units_per_line_and_margin(tab: Page, site: Path) -> None:
    open_page(tab, site, "products.html", ALL_TIME)
    [(given, bare, margin)] = query(
        """
        select
            sum(quantity) filter (where discount_pct > 0)
            / count(*) filter (where discount_pct > 0)::numeric,
            sum(quantity) filter (where discount_pct = 0)
            / count(*) filter (where discount_pct = 0)::numeric,
            100 * sum(profit_amount) filter (where discount_pct > 0)
            / sum(revenue_amount) filter (where discount_pct > 0)
        from mart.fct_sales
        """
    )
    sentence = tab.inner_text("#discount_effect .summary")
    assert f"{given:.2f} units a line with a discount, {bare:.2f} without" in sentence
    assert f"The margin is {margin:.1f} % with one" in sentence.replace("\u2212", "-")
    more = given / bare - 1
    answer = "About as many" if abs(more) < 0.03 else "More" if more > 0 else "Fewer"
    assert sentence.startswith(f"{answer}:")


def test_paper_has_all_rows_of_a_table(tab: Page, site: Path) -> None:
    open_page(tab, site, "products.html", ALL_TIME)
    rows = tab.locator("#product_table tbody tr")
    tab.click("#product_table .pager button:has-text('On')")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert rows.count() == 30
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 700, "height": 1000})
    frame = tab.locator("#product_table .frame")
    assert frame.evaluate("(frame) => frame.scrollWidth - frame.clientWidth") <= 0
    assert frame.evaluate("(frame) => frame.scrollHeight - frame.clientHeight") <= 0
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert rows.count() == 25


def test_pointer_and_keys_say_what_the_nearest_point_of_a_line_stands_for(
    tab: Page, site: Path
) -> None:
    open_page(tab, site, "index.html", ALL_TIME)
    chart = tab.locator("#revenue_by_month .chart")
    points = chart.locator(".mark-symbol path").all()
    chart.scroll_into_view_if_needed()
    place, around = box_of(points[-2]), box_of(chart)
    tab.mouse.move(place["x"] + 9, around["y"] + 40)  # on no mark
    assert tab.inner_text(".tip").startswith("Month: Feb 2026")
    tab.mouse.move(5, 5)
    assert tab.locator(".tip").is_hidden()
    chart.focus()
    tab.keyboard.press("ArrowRight")
    assert tab.inner_text(".tip").startswith("Month: Jan 2025")
    tab.keyboard.press("End")
    tab.keyboard.press("ArrowLeft")
    assert tab.inner_text(".tip").startswith("Month: Feb 2026")
    tab.keyboard.press("Enter")
    tab.wait_for_function("shop.updates.length === 1")
    assert "from=2026-02&to=2026-02" in tab.url


def test_charts_in_view_are_drawn_first_and_the_others_follow(tab: Page, site: Path) -> None:
    tab.add_init_script(DRAWN_WHEN_READY)
    open_page(tab, site, "index.html", ALL_TIME)
    assert tab.evaluate("drawnWhenReady") == ["revenue_by_month"]
    charts = [visual.id for visual in PAGES[0].visuals if visual.kind != "figure"]
    drawn = "[...document.querySelectorAll('.chart > svg')].map(svg => svg.closest('figure').id)"
    assert tab.evaluate(drawn) == charts


DRAWN_WHEN_READY = """addEventListener("DOMContentLoaded", () => {
    const drawn = () => [...document.querySelectorAll(".chart > svg")];
    const note = () => window.drawnWhenReady = drawn().map((svg) => svg.closest("figure").id);
    new MutationObserver(note).observe(document.body, {attributeFilter: ["data-ready"]});
});"""


def test_older_browser_reads_the_same_figures(tab: Page, site: Path) -> None:
    texts = []
    for _ in range(2):
        open_page(tab, site, "customers.html", ALL_TIME)
        texts.append(tab.evaluate(READ_CSV))
        tab.add_init_script("delete Uint8Array.fromBase64")
    assert tab.evaluate("Uint8Array.fromBase64") is None
    assert texts[0] == texts[1]


def test_chart_draws_a_mark_for_each_row(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", ALL_TIME)
    sold = query("select count(distinct category) from mart.dim_products where category <> 'None'")
    bars = tab.locator("#revenue_by_category .chart .mark-rect.role-mark path")
    assert bars.count() == sold[0][0]
    widths = [box_of(bar)["width"] for bar in bars.all()]
    revenue = [number_in(row, "revenue") for row in _by_category()]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] / widths[-1] == pytest.approx(float(revenue[0] / revenue[-1]), rel=0.05)


def box_of(shown: Locator) -> FloatRect:
    """Return where something stands on the page."""
    box = shown.bounding_box()
    assert box
    return box


def _by_category() -> list[Row]:
    [visual] = [one for one in PAGES[0].visuals if one.id == "revenue_by_category"]
    return expected_rows(visual, ALL_TIME, TODAY)


def test_small_cubes_leave_out_the_oldest_months_and_say_so(tab: Page, bundled: Settings) -> None:
    build(bundled, cells=400)
    small = bundled.site_dir
    tab.context.unroute("**/*")
    open_page(tab, small, "products.html", ALL_TIME)
    note = tab.inner_text("#product_table .window")
    assert note.startswith("Shown from ")
    newest = {"period": ("2026-03", "2026-03")}
    open_page(tab, small, "products.html", newest)
    assert tab.inner_text("#product_table .window") == ""
    [visual] = [one for one in PAGES[1].visuals if one.id == "product_table"]
    found = rows_of(tab.evaluate(READ_CSV)["product_table"])
    assert differences(visual, found, shown(visual, expected_rows(visual, newest, TODAY))) == []


def test_shop_without_a_sale_says_so_on_every_page(tab: Page, sold_nothing: Path) -> None:
    tab.context.unroute("**/*")
    for page in PAGES:
        open_page(tab, sold_nothing, file_name(page))
        for visual in page.visuals:
            if visual.kind not in ("figure", "table") and not visual.relation:
                nothing = "Nobody bought" if visual.period == "cohort_month" else "Nothing was sold"
                assert nothing in tab.inner_text(f"#{visual.id} .summary"), visual.id


def test_sale_that_would_be_left_out_is_an_error(
    small_shop: tuple[str, Path],
    scratch_database: ScratchDatabase,
    monkeypatch: pytest.MonkeyPatch,
    bundled: Settings,
) -> None:
    with scratch_database(monkeypatch, small_shop[0]):
        execute("delete from mart.rpt_customer_rfm where customer_id = 'CUST0001'")
        with pytest.raises(
            LoaderError, match="are of customers and products that the reports know"
        ):
            build(bundled)


def test_same_mart_gives_the_same_bytes(site: Path, bundled: Settings) -> None:
    build(bundled)
    again = bundled.site_dir
    files = {path.relative_to(site): path.read_bytes() for path in site.rglob("*.*")}
    assert files == {path.relative_to(again): path.read_bytes() for path in again.rglob("*.*")}
    assert len(files) == 24


def test_pages_hold_no_contact_data_and_name_no_address_of_the_net(site: Path) -> None:
    paths = [path for path in site.rglob("*.*") if path.name != "vega.js"]
    texts = [path.read_text() for path in paths]
    packed = re.findall(r'shop.take\("data", \{"json":"([^"]*)"\}\)', "".join(texts))
    assert len(packed) == len(PAGES)
    texts += [zlib.decompress(base64.b64decode(data)).decode() for data in packed]
    assert any("Asha1 Rao" in text for text in texts)
    for text in texts:
        assert "@example.com" not in text
        assert "1 Main Street" not in text
        addresses = re.findall(r"https?://[^\"'\s]*", text)
        assert {one for one in addresses if not one.startswith(NAMESPACES)} == set()


# What names a vocabulary, and is asked for by nobody.
NAMESPACES = ("https://vega.github.io/schema", "http://schemas.openxmlformats.org")
