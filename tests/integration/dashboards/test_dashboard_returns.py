"""Pages show returns where a shop has some: in figures and charts that the filters act on."""

import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from dashboards.catalogue import PAGES
from dashboards.catalogue import Page as CataloguePage
from dashboards.catalogue.returns import ADDED, with_returns
from dashboards.site.build import build
from dashboards.site.pages import file_name
from expectations.dashboard_figures import drawn, expected_rows, shown
from expectations.dashboard_pages import (
    ALL_TIME,
    READ_CSV,
    SELECTIONS,
    differences,
    open_page,
    rows_of,
)
from expectations.dashboard_periods import Selection
from expectations.dashboard_wandering import wander
from factories.days import TO_MART, a_return, query, run_well, write_batch
from factories.small_shop import TODAY
from loader.config.settings import Settings

WITH_RETURNS = [with_returns(page) for page in PAGES if page.id in ADDED]
SHOWN = {
    page.id: [visual for visual in page.visuals if visual.id in {one.id for one in ADDED[page.id]}]
    for page in WITH_RETURNS
}
VISUALS = [visual for added in SHOWN.values() for visual in added]
SECOND_DAY = date(2025, 3, 2)


@pytest.fixture(scope="module")
def shop_of_site(returning_shop: tuple[str, Path]) -> tuple[str, Path]:
    return returning_shop


@pytest.mark.parametrize("selection", SELECTIONS.values(), ids=SELECTIONS)
@pytest.mark.parametrize("page", WITH_RETURNS, ids=lambda page: page.id)
def test_every_figure_after_returns_equals_sql_on_mart(
    tab: Page, site: Path, page: CataloguePage, selection: Selection
) -> None:
    open_page(tab, site, file_name(page), selection)
    texts = tab.evaluate(READ_CSV)
    assert list(texts) == [visual.id for visual in page.visuals]
    wrong = {}
    for declared in SHOWN[page.id]:
        visual = drawn(declared, selection, TODAY)
        expected = shown(visual, expected_rows(visual, selection, TODAY))
        if found := differences(visual, rows_of(texts[visual.id]), expected):
            wrong[visual.id] = found[:5]
    assert wrong == {}


def test_figures_of_two_facts_count_the_months_that_all_cubes_have(
    tab: Page, site: Path, tmp_path: Path
) -> None:
    settings = Settings(root=tmp_path)
    shutil.copytree(site, settings.site_dir)
    build(settings, cells=400)
    tab.context.unroute("**/*")
    open_page(tab, settings.site_dir, "products.html", ALL_TIME)
    texts = tab.evaluate(READ_CSV)
    cut = []
    for visual in SHOWN["products"]:
        note = tab.inner_text(f"#{visual.id} .window")
        if visual.kind == "figure" or not note.startswith("Shown from "):
            continue
        written = note.removeprefix("Shown from ").partition(" on:")[0]
        first = datetime.strptime(written, "%b %Y").replace(tzinfo=UTC)
        selection = {"period": (f"{first:%Y-%m}", "2026-03")}
        expected = shown(visual, expected_rows(visual, selection, TODAY))
        assert differences(visual, rows_of(texts[visual.id]), expected) == []
        cut.append(visual.id)
    assert "returns_by_product" in cut


def test_filters_change_what_is_shown_of_returns(tab: Page, site: Path) -> None:
    for page in WITH_RETURNS:
        open_page(tab, site, file_name(page), ALL_TIME)
        everything = tab.evaluate(READ_CSV)
        for name, chosen in FILTERS.items():
            open_page(tab, site, file_name(page), {**ALL_TIME, name: chosen})
            texts = tab.evaluate(READ_CSV)
            same = [v.id for v in ADDED[page.id] if texts[v.id] == everything[v.id]]
            assert same == [], name


FILTERS = {
    "period": ("2025-05", "2025-08"),
    "category": ("Books", "Sports"),
    "country": ("India",),
    "state": ("Kerala, India",),
    "payment_method": ("UPI",),
}


@pytest.mark.parametrize("page", WITH_RETURNS, ids=lambda page: page.id)
def test_pictures_of_returns_are_their_tables_after_every_click(
    tab: Page, site: Path, page: CataloguePage
) -> None:
    assert [wrong for seed in range(4) for wrong in wander(tab, site, page, seed)] == []


def test_click_on_a_category_that_came_back_chooses_it(tab: Page, site: Path) -> None:
    open_page(tab, site, "products.html", ALL_TIME)
    tab.locator("#returns_by_category .chart .mark-rect.role-mark path").first.click()
    tab.wait_for_function("shop.updates.length === 1")
    chosen = tab.inner_text("#chips button")[:-2]
    assert tab.inner_text("#returns_by_category .summary").startswith(f"Only {chosen} with")


def test_fewer_returns_are_good_news(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", {"period": ("2026-01", "2026-03")})
    for name, is_less_better in [("returns", True), ("net_sales", False)]:
        change = tab.locator(f"#overview_{name} .change")
        is_less = change.inner_text().startswith("\u2212")
        way = "good" if is_less == is_less_better else "bad"
        assert change.get_attribute("data-way") == way, name


@pytest.mark.usefixtures("site")
def test_reasons_of_the_last_days_are_those_of_the_report() -> None:
    [visual] = [one for one in VISUALS if one.id == "return_reasons"]
    period = (str(TODAY - timedelta(days=89)), str(TODAY))
    found = expected_rows(visual, {"period": period}, TODAY)
    reported = query(
        "select reason, sum(total_returns), sum(units_returned) from mart.rpt_return_reasons"
        " group by reason order by 2 desc"
    )
    assert [(row["reason"], row["returns"], row["units_returned"]) for row in found] == reported
    assert "Not said" in [row["reason"] for row in found]


@pytest.mark.usefixtures("first_day")
def test_pages_show_returns_only_where_there_are_some(
    settings: Settings, tmp_path: Path, browser: Browser
) -> None:
    build(settings)
    assert [page.id for page in PAGES if found_on(settings, file_name(page))] == []
    files = {path.name for path in (settings.site_dir / "data").iterdir()}

    returns = [
        a_return(1, 2, str(SECOND_DAY)),
        a_return(2, 1, str(SECOND_DAY), refund_amount="9.50", reason=""),
    ]
    run_well(str(SECOND_DAY), write_batch(tmp_path / "day", returns=returns), *TO_MART)
    build(settings)

    assert {path.name for path in (settings.site_dir / "data").iterdir()} - files == {
        "returns.js",
        "returned_items.js",
    }
    tab = browser.new_page(viewport={"width": 1280, "height": 2600})
    selection = {"period": ("2025-02", "2025-03")}
    for page in PAGES:
        visuals = ADDED.get(page.id, ())
        assert found_on(settings, file_name(page)) == [visual.id for visual in visuals]
        open_page(tab, settings.site_dir, file_name(page), selection)
        found = tab.evaluate(READ_CSV)
        for declared in visuals:
            visual = drawn(declared, selection, SECOND_DAY)
            expected = shown(visual, expected_rows(visual, selection, SECOND_DAY))
            assert differences(visual, rows_of(found[visual.id]), expected) == []
            assert len(expected) > 0


def found_on(settings: Settings, file: str) -> Iterable[str]:
    """Return which of the visuals of returns a page's HTML has."""
    html = (settings.site_dir / file).read_text(encoding="utf-8")
    return [visual.id for visual in VISUALS if f'id="{visual.id}"' in html]
