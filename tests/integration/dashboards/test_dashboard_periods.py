"""Periods of any days: what names stand for, what is compared, and what is not known by day."""

import re
from pathlib import Path

from playwright.sync_api import Page

from dashboards.catalogue import PAGES
from dashboards.site.build import build
from expectations.dashboard_figures import drawn, expected_rows, shown
from expectations.dashboard_pages import READ_CSV, differences, open_page, rows_of
from factories.small_shop import TODAY
from loader.config.settings import Settings


def test_tile_says_what_it_is_compared_with(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html")
    tab.select_option("#preset", "28d")  # up to the last day with a sale
    tab.wait_for_function("shop.updates.length === 1")
    assert "Showing 18 Feb" in tab.inner_text("#status")
    assert re.search(r" on .*\(21 Jan . 17 Feb 2026\)", tab.inner_text("#revenue_total .change"))
    tab.select_option("#comparison", "year")
    tab.wait_for_function("shop.updates.length === 2")
    assert "(18 Feb" in tab.inner_text("#revenue_total .change")
    assert "2025)" in tab.inner_text("#revenue_total .change")
    tab.select_option("#comparison", "none")
    tab.wait_for_function("shop.updates.length === 3")
    assert tab.locator("#revenue_total .change").is_hidden()
    assert "compare=none" in tab.url


def test_presets_end_with_the_last_sale_and_draw_what_fits(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html")
    found = {}
    for count, preset in enumerate(("year", "month", "before", "week", "90d", "7d"), start=1):
        tab.select_option("#preset", preset)
        tab.wait_for_function(f"shop.updates.length === {count}")
        inputs = [tab.input_value(f"#{name}") for name in ("from", "to", "grain")]
        found[preset] = (*inputs, tab.input_value("#preset"))
    assert found == {
        "year": ("2026-01-01", TODAY.isoformat(), "month", "3"),  # the latest three as well
        "month": ("2026-03-01", TODAY.isoformat(), "day", "month"),
        "before": ("2026-02-01", "2026-02-28", "day", "before"),
        "week": ("2026-03-09", "2026-03-15", "day", "week"),
        "90d": ("2025-12-18", "2026-03-17", "week", "90d"),
        "7d": ("2026-03-11", "2026-03-17", "day", "7d"),
    }


def test_dates_that_are_none_or_too_late_are_put_right(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", {"period": ("2025-03-05", "2025-04-07")})
    for value in ("", "2031-01-01"):
        done = tab.evaluate("shop.updates.length")
        tab.fill("#to", "2025-05-07")
        tab.wait_for_function(f"shop.updates.length > {done}")
        tab.evaluate("(value) => document.getElementById('to').value = value", value)
        tab.dispatch_event("#to", "change")
        tab.wait_for_function(f"shop.updates.length > {done + 1}")
        assert tab.input_value("#to") == TODAY.isoformat()
        assert "from=2025-03-05&to=2026-03" in tab.url


def test_few_days_of_large_cubes_count_whole_months_and_say_so(
    tab: Page, bundled: Settings
) -> None:
    build(bundled, by_day=0)
    tab.context.unroute("**/*")
    days = {"period": ("2025-09-17", "2026-03-05"), "grain": ("week",)}
    open_page(tab, bundled.site_dir, "index.html", days)
    note = tab.inner_text("#revenue_by_category .window")
    assert note.startswith("Of whole months, 1 Sept 2025")
    assert note.endswith("5 Mar 2026: days are known from Mar 2026 on.")
    assert "Of whole months" in tab.inner_text("#revenue_by_month .window")
    texts = tab.evaluate(READ_CSV)
    months = {"period": ("2025-09-01", "2026-03-05"), "grain": ("month",), "compare": ("none",)}
    for declared in PAGES[0].visuals:
        visual = drawn(declared, months, TODAY)
        expected = shown(visual, expected_rows(visual, months, TODAY))
        found = rows_of(texts[visual.id])
        if visual.kind == "lines":  # the days of a year before are not known
            assert found[-1]["revenue_year_before"] == ""
            expected[-1]["revenue_year_before"] = ""
        assert differences(visual, found, expected) == [], visual.id
