"""What is chosen on the dashboards: by keys, clicks, taps and links."""

import re
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from conftest import ScratchDatabase
from dashboards.site.build import build
from expectations.dashboard_pages import (
    ALL_TIME,
    open_page,
)
from factories.days import execute, query
from loader.config.settings import Settings


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
    assert tab.inner_text("#revenue_by_category .summary").startswith(f"Only {chosen} with")
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
    tab.locator("#customers_by_segment .chart .mark-rect.role-mark path").nth(1).click()
    tab.wait_for_function("shop.updates.length === 1")
    chips = tab.locator("#chips button")
    assert [text[:-2] for text in chips.all_inner_texts()] == ["Kerala, India", "Regular"]
    assert "segment=Regular" in tab.url
    for name in ("segment", "age_group"):
        assert tab.locator(f"#choice-{name}").is_visible()
    tab.click("nav a:has-text('Products')")
    tab.wait_for_selector("body[data-ready]")
    assert [text[:-2] for text in chips.all_inner_texts()] == ["Kerala, India"]
    assert "link names" not in tab.inner_text("#status")
    assert tab.locator("#choice-segment").count() == 0


def test_area_chooses_its_category_and_brand_and_all_again(tab: Page, site: Path) -> None:
    open_page(tab, site, "products.html", {**ALL_TIME, "brand": ("Brand 1",)})
    chips = tab.locator("#chips button")
    area = tab.locator("#category_and_brand .chart .mark-rect.role-mark path").first
    area.click()
    tab.wait_for_function("shop.updates.length === 1")
    category, brand = [text[:-2] for text in chips.all_inner_texts()]
    assert brand == "Brand 1"
    chips.first.press("Enter")
    tab.wait_for_function("shop.updates.length === 2")
    assert tab.evaluate("document.activeElement.closest('#choice-category') !== null")
    tab.go_back()
    tab.wait_for_function("shop.updates.length === 3")
    tab.click("#choice-brand summary")
    listed = tab.locator("#choice-brand label:visible").all_inner_texts()
    sold = query(
        f"select distinct brand from mart.dim_products where category = '{category}' order by brand"
    )
    assert listed == [name for (name,) in sold]
    tab.keyboard.press("Escape")
    area.click()
    tab.wait_for_function("shop.updates.length === 4")
    assert chips.count() == 0
    tab.click("nav a:has-text('Overview')")
    tab.wait_for_selector("body[data-ready]")
    assert tab.locator("#choice-brand").count() == 0


def test_states_are_listed_for_the_chosen_country(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", {**ALL_TIME, "country": ("Nepal",)})
    tab.click("#choice-state summary")
    assert tab.locator("#choice-state label:visible").all_inner_texts() == ["Bagmati, Nepal"]
    assert " is in no chosen " not in tab.inner_text("#status")


def test_choices_that_exclude_each_other_are_named(tab: Page, site: Path) -> None:
    contradiction = {"country": ("Nepal",), "state": ("Kerala, India", "Bagmati, Nepal")}
    open_page(tab, site, "index.html", {**ALL_TIME, **contradiction})
    said = tab.inner_text("#status")
    assert said.count(" is in no chosen ") == 1
    assert "State Kerala, India is in no chosen country." in said
