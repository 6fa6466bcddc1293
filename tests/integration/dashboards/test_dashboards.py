"""The dashboards in a real browser: every figure is mart's, and nobody else is asked for one."""

import base64
import re
import zlib
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from conftest import ScratchDatabase
from dashboards.catalogue import PAGES
from dashboards.catalogue import Page as CataloguePage
from dashboards.site.build import build
from dashboards.site.pages import file_name
from expectations.dashboard_figures import expected_rows, shown
from expectations.dashboard_pages import (
    ALL_TIME,
    READ_CSV,
    SELECTIONS,
    box_of,
    differences,
    open_page,
    rows_of,
    wrong_figures,
)
from expectations.dashboard_periods import Selection
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
    assert set(tab.evaluate(READ_CSV)) == {visual.id for visual in page.visuals}
    assert wrong_figures(tab, page.visuals, selection, TODAY) == {}


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


def test_shop_sets_its_name_currency_language_and_week(tab: Page, bundled: Settings) -> None:
    build(bundled.model_copy(update=GERMAN))
    tab.context.unroute("**/*")
    open_page(tab, bundled.site_dir, "time_and_place.html", ALL_TIME)
    assert tab.inner_text(".brand") == "Müller & Söhne"
    assert tab.inner_text(".as-of") == "As of 17. März 2026, amounts in EUR"
    assert re.search(r"with \d+(,\d+)? ?\S*\s€", tab.inner_text("#daily_revenue .summary"))
    days = tab.locator("#weekday_and_hour .role-axis-label text").all_text_contents()
    assert next(day for day in days if day.endswith("day")) == "Sunday"


GERMAN = {
    "name": "Müller & Söhne",
    "currency": "EUR",
    "locale": "de-DE",
    "week_start": "Sunday",
}


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
    assert len(files) == 25


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
