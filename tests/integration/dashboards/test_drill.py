"""One product and one customer on their page: opened, compared with SQL on mart, and closed."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from dashboards.catalogue import PAGES
from dashboards.catalogue.returns import with_returns
from dashboards.site.build import build
from dashboards.site.pages import file_name
from expectations.dashboard_pages import (
    ALL_TIME,
    FEW_IN_THE_SUITE,
    READ_CSV,
    open_page,
    rows_of,
    wrong_figures,
)
from expectations.dashboard_periods import Selection
from factories.days import query
from factories.small_shop import TODAY
from loader.config.settings import Settings

# Two products and customers that changed, and others.
IDS = {
    "product_id": ("PROD0001", "PROD0002", "PROD0017", "PROD0030"),
    "customer_id": ("CUST0001", "CUST0003", "CUST0020"),
}
DRILLS = {
    file_name(page): page.drill for page in map(with_returns, PAGES) if page.drill is not None
}
READ_FACTS = """() => Object.fromEntries([...document.querySelectorAll(".facts div")]
    .map((one) => [one.firstChild.textContent, one.lastChild.textContent]))"""


@pytest.fixture(scope="module")
def shop_of_site(returning_shop: tuple[str, Path]) -> tuple[str, Path]:
    return returning_shop


@pytest.mark.parametrize("selection", FEW_IN_THE_SUITE)
@pytest.mark.parametrize("page", DRILLS)
def test_every_figure_of_one_equals_sql_on_mart(
    tab: Page, site: Path, page: str, selection: Selection
) -> None:
    drill = DRILLS[page]
    for id_ in IDS[drill.of]:
        own = {**selection, drill.of: (id_,)}
        open_page(tab, site, page, own)
        assert wrong_figures(tab, drill.visuals, own, TODAY) == {}, id_


@pytest.mark.parametrize("page", DRILLS)
def test_name_in_a_table_opens_what_its_row_says(tab: Page, site: Path, page: str) -> None:
    open_page(tab, site, page, ALL_TIME)
    if page == "customers.html":
        row = rows_of(tab.evaluate(READ_CSV)["top_customers"])[3]
    else:
        row = rows_of(tab.evaluate(READ_CSV)["product_table"])[3]
    id_ = row[DRILLS[page].of]
    tab.click(f"td a[data-id={id_}]")
    tab.wait_for_selector("dialog[open]")
    assert f"{DRILLS[page].of}={id_}" in tab.url
    assert tab.inner_text("#drill-title") == row[DRILLS[page].name]
    texts = tab.evaluate(READ_CSV)
    facts = tab.evaluate(READ_FACTS)
    for name, value in row.items():
        if f"product_{name}" in texts:
            assert rows_of(texts[f"product_{name}"])[0][name] == value, name
    if page == "customers.html":
        assert facts["Lifetime orders"] == row["lifetime_transactions"]
        shown_value = float(facts["Lifetime value"].replace(",", "")[1:])
        assert shown_value == round(float(row["lifetime_value"]))


def test_facts_are_those_of_the_whole_time(tab: Page, site: Path) -> None:
    own = {"period": ("2025-02", "2025-02"), "customer_id": ("CUST0020",)}
    open_page(tab, site, "customers.html", own)
    facts = tab.evaluate(READ_FACTS)
    [(first, last)] = query(
        "select to_char(min(sold_at), 'Mon YYYY'), to_char(max(sold_at), 'FMDD Mon YYYY')"
        " from mart.fct_sales where customer_id = 'CUST0020'"
    )
    assert (facts["First bought"], facts["Last bought"]) == (first, last)
    open_page(tab, site, "products.html", {**ALL_TIME, "product_id": ("PROD0001",)})
    assert "Old brand" in tab.evaluate(READ_FACTS)["Brand"].split("; ")


def test_stock_is_said_of_products_that_the_page_lists(tab: Page, site: Path) -> None:
    open_page(tab, site, "products.html", ALL_TIME)
    [first, *_] = rows_of(tab.evaluate(READ_CSV)["stock_cover"])
    open_page(tab, site, "products.html", {**ALL_TIME, "product_id": (first["product_id"],)})
    facts = tab.evaluate(READ_FACTS)
    assert facts["In stock"] == first["stock_quantity"]
    assert float(facts["Days of cover"]) == float(first["days_of_cover"])


def test_dialog_is_closed_by_escape_and_back_and_opened_again_by_back(
    tab: Page, site: Path
) -> None:
    open_page(tab, site, "products.html", ALL_TIME)
    link = tab.locator("#product_table td a").nth(2)
    link.focus()
    tab.keyboard.press("Enter")
    tab.wait_for_selector("dialog[open]")
    tab.keyboard.press("Escape")
    tab.wait_for_selector("dialog", state="detached")
    assert "product_id" not in tab.url
    assert link.evaluate("(link) => link === document.activeElement")
    tab.go_back()
    tab.wait_for_selector("dialog[open]")
    tab.go_back()
    tab.wait_for_selector("dialog", state="detached")
    assert tab.evaluate("shop.updates.length") == 4
    assert tab.url.endswith("#from=2025-01&to=2026-03")


def test_mark_of_a_product_opens_it_by_click_and_by_keys(tab: Page, site: Path) -> None:
    open_page(tab, site, "products.html", ALL_TIME)
    first = rows_of(tab.evaluate(READ_CSV)["top_products"])[0]["product_id"]
    tab.locator("#top_products .chart .mark-rect.role-mark path").first.click()
    tab.wait_for_selector("dialog[open]")
    assert f"product_id={first}" in tab.url
    tab.click("dialog .close")
    tab.wait_for_selector("dialog", state="detached")
    tab.locator("#top_products .chart").focus()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("dialog[open]")
    assert f"product_id={first}" in tab.url
    tab.locator("#product_by_state .chart .mark-rect.role-mark path").first.hover()
    assert "Revenue:" in tab.inner_text("dialog .tip")


def test_link_of_what_is_not_there_says_so_and_opens_nothing(tab: Page, site: Path) -> None:
    open_page(tab, site, "products.html", {**ALL_TIME, "product_id": ("PROD9999",)})
    assert "names what is not here: Product PROD9999." in tab.inner_text("#status")
    assert tab.locator("dialog").count() == 0
    open_page(tab, site, "products.html", {**ALL_TIME, "product_id": ("PROD9999", "PROD0002")})
    assert "names what is not here: Product PROD9999." in tab.inner_text("#status")
    assert "product_id=PROD0002" in tab.url
    links = tab.locator("nav a:not([aria-current])")
    assert not [one for one in links.all() if "product_id" in (one.get_attribute("href") or "")]
    open_page(tab, site, "index.html", {**ALL_TIME, "product_id": ("PROD0002",)})
    assert "filter product_id=PROD0002" in tab.inner_text("#status")


def test_small_cubes_say_from_which_month_on_one_is_shown(tab: Page, bundled: Settings) -> None:
    build(bundled, cells=400)
    tab.context.unroute("**/*")
    for page, id_ in (("products.html", "PROD0002"), ("customers.html", "CUST0020")):
        drill = DRILLS[page]
        open_page(tab, bundled.site_dir, page, {**ALL_TIME, drill.of: (id_,)})
        chart = next(one for one in drill.visuals if one.kind == "lines").id
        assert tab.inner_text(f"#{chart} .window").startswith("Shown from ")
        rows = rows_of(tab.evaluate(READ_CSV)[chart])
        assert rows[0]["month"] > "2025-01"
        # of months that are left out nothing is known, a year later neither
        assert {row["revenue_year_before"] for row in rows} == {""}
        newest = {"period": ("2026-03", "2026-03"), "compare": ("none",), drill.of: (id_,)}
        open_page(tab, bundled.site_dir, page, newest)
        assert wrong_figures(tab, drill.visuals, newest, TODAY) == {}


@pytest.mark.parametrize("page", DRILLS)
def test_dialog_is_accessible_in_light_and_dark_and_fits_a_phone(
    tab: Page, site: Path, page: str
) -> None:
    drill = DRILLS[page]
    own = {**ALL_TIME, drill.of: IDS[drill.of][:1]}
    for colours in ("light", "dark"):
        tab.emulate_media(color_scheme=colours, reduced_motion="reduce")
        open_page(tab, site, page, own)
        tab.evaluate("document.querySelectorAll('.to-table').forEach((button) => button.click())")
        found = Axe().run(tab, options={"preload": False})
        problems = [
            (one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]
        ]
        assert problems == [], colours
    tab.set_viewport_size({"width": 390, "height": 844})
    open_page(tab, site, page, own)
    dialog = tab.locator("dialog")
    assert dialog.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0
    assert dialog.evaluate("(one) => one.getBoundingClientRect().right") <= 390
