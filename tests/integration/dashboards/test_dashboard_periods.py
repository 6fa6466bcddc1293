"""Periods of any days: how they are chosen and linked, compared, and what no day is known of."""

import re
from pathlib import Path

from playwright.sync_api import Page

from dashboards.catalogue import PAGES
from dashboards.site.build import build
from dashboards.site.pages import file_name
from expectations.dashboard_figures import drawn, expected_rows, shown
from expectations.dashboard_pages import READ_CSV, differences, open_page, rows_of
from expectations.dashboard_wandering import SETTLE
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
        "year": ("2026-01-01", TODAY.isoformat(), "month", "year"),  # not the latest three
        "month": ("2026-03-01", TODAY.isoformat(), "day", "month"),
        "before": ("2026-02-01", "2026-02-28", "day", "before"),
        "week": ("2026-03-09", "2026-03-15", "day", "week"),
        "90d": ("2025-12-18", "2026-03-17", "week", "90d"),
        "7d": ("2026-03-11", "2026-03-17", "day", "7d"),
    }


def test_reset_names_the_usual_period_again(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html")
    usual = tab.input_value("#preset")
    open_page(tab, site, "index.html", {"period": ("2025-08-10", "2025-08-20")})
    assert tab.input_value("#preset") == "own"
    tab.click("#reset")
    tab.wait_for_function("shop.updates.length === 1")
    assert tab.input_value("#preset") == usual != "own"


def test_small_line_of_a_ratio_has_gaps_where_nothing_was_sold(tab: Page, site: Path) -> None:
    few = {"period": ("2025-08-01", "2025-09-20"), "grain": ("day",), "state": ("Bagmati, Nepal",)}
    open_page(tab, site, "index.html", few)
    lines = {
        name: tab.get_attribute(f"#{name}_total .spark path", "d") or ""
        for name in ("revenue", "average_order_value")
    }
    assert lines["revenue"].count("M") == 1  # nothing sold is no revenue
    assert lines["average_order_value"].count("M") > 1


def test_date_that_is_typed_counts_when_it_is_finished(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", {"period": ("2025-03-05", "2025-12-10")})
    typed(tab, "from", "10152025")
    assert tab.evaluate("shop.updates.length") == 0
    tab.keyboard.press("Enter")
    tab.wait_for_function("shop.updates.length === 1")
    assert days_chosen(tab) == ["2025-10-15", "2025-12-10"]
    typed(tab, "to", "1105")  # on the way, it is in January
    assert tab.evaluate("shop.updates.length") == 1
    tab.focus("#reset")
    tab.wait_for_function("shop.updates.length === 2")
    assert days_chosen(tab) == ["2025-10-15", "2025-11-05"]
    assert "from=2025-10-15&to=2025-11-05" in tab.url


def test_date_of_a_year_without_data_changes_nothing(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", {"period": ("2025-10-15", "2025-11-05")})
    address = tab.url
    for name, keys in (("from", "101520"), ("to", "11051999"), ("to", "11052031")):
        typed(tab, name, keys)
        tab.keyboard.press("Enter")
        assert days_chosen(tab) == ["2025-10-15", "2025-11-05"], keys
    for value in ("", "2031-01-01"):
        tab.evaluate("(value) => document.getElementById('to').value = value", value)
        tab.dispatch_event("#to", "change")
        assert days_chosen(tab) == ["2025-10-15", "2025-11-05"], value
    assert tab.url == address
    tab.fill("#to", "2026-12-31")  # of the last year, after the last day
    tab.wait_for_function("shop.updates.length === 1")
    assert days_chosen(tab) == ["2025-10-15", TODAY.isoformat()]
    tab.fill("#to", "2025-09-30")  # before the first day, which it takes along
    tab.wait_for_function("shop.updates.length === 2")
    assert days_chosen(tab) == ["2025-09-30", "2025-09-30"]


def typed(tab: Page, name: str, keys: str) -> None:
    """Type into one field of a date, from its first part on."""
    tab.focus("#reset")
    tab.focus(f"#{name}")
    for key in keys:
        tab.keyboard.press(key)
        tab.evaluate(SETTLE)


def days_chosen(tab: Page) -> list[str]:
    return [tab.input_value(f"#{name}") for name in ("from", "to")]


def test_link_shows_its_days_after_the_next_run_as_well(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html")
    tab.select_option("#preset", "7d")
    tab.wait_for_function("shop.updates.length === 1")
    assert tab.url.endswith("#from=2026-03-11&to=2026-03-17")
    tab.select_option("#preset", "month")
    tab.wait_for_function("shop.updates.length === 2")
    assert tab.url.endswith("#from=2026-03&to=2026-03-17&months=so-far")

    # the same of a run of 10 February: on that day its months were not over
    sent = {"period": ("2025-09", "2026-02-10"), "months": ("so-far",)}
    open_page(tab, site, "index.html", sent)
    assert days_chosen(tab) == ["2025-09-01", "2026-02-10"]
    assert tab.input_value("#grain") == "month"
    sent = {"period": ("2026-02", "2026-02-10"), "months": ("so-far",)}
    open_page(tab, site, "index.html", sent)
    assert "10 Jan 2026)" in tab.inner_text("#revenue_total .change")
    tab.select_option("#grain", "week")  # another choice keeps it
    tab.wait_for_function("shop.updates.length === 1")
    assert tab.url.endswith("#from=2026-02&to=2026-02-10&months=so-far&grain=week")
    assert "10 Jan 2026)" in tab.inner_text("#revenue_total .change")
    open_page(tab, site, "index.html", {"period": ("2026-02", "2026-02-10")})
    assert "31 Jan 2026)" in tab.inner_text("#revenue_total .change")


def test_link_of_months_of_an_older_page_still_works(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", {"period": ("2025-12", "2026-03")})
    assert days_chosen(tab) == ["2025-12-01", TODAY.isoformat()]
    open_page(tab, site, "index.html", {"period": ("2025-12-05", "2026-02")})
    assert days_chosen(tab) == ["2025-12-05", "2026-02-28"]


def test_link_that_ends_before_it_begins_says_so(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html")
    usual = days_chosen(tab)
    open_page(tab, site, "index.html", {"period": ("2026-02-10", "2025-12")})
    assert "names what is not here: period 2026-02-10 to 2025-12." in tab.inner_text("#status")
    assert days_chosen(tab) == usual


def test_nothing_to_compare_with_takes_the_year_before_away(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", {"period": ("2025-01", "2026-03")})
    key = tab.locator("#revenue_by_month .key li", has_text="Year before")
    points = tab.locator("#revenue_by_month .chart .mark-symbol path")
    assert key.is_visible()
    assert points.count() > 15  # of fifteen months, and of those with a year before
    tab.select_option("#comparison", "none")
    tab.wait_for_function("shop.updates.length === 1")
    assert key.is_hidden()
    assert points.count() == 15
    assert "revenue_year_before" not in tab.evaluate(READ_CSV)["revenue_by_month"]
    assert "compare" not in tab.inner_text("#revenue_total .summary")

    first = {"period": ("2025-01", "2025-02")}  # nothing was sold before
    open_page(tab, site, "index.html", first)
    assert "year before" in tab.inner_text("#revenue_by_month .summary")
    assert "nothing full to compare with" in tab.inner_text("#revenue_total .summary")
    open_page(tab, site, "index.html", {**first, "compare": ("none",)})
    assert "year before" not in tab.inner_text("#revenue_by_month")
    assert "compare" not in tab.inner_text("#revenue_total .summary")


# A browser takes only some of so many files at once.
READ_NAMES = """() => {
    const names = {};
    let saved;
    HTMLAnchorElement.prototype.click = function () { saved = this.download; };
    for (const button of document.querySelectorAll(".to-csv")) {
        button.click();
        names[button.closest("figure").id] = saved;
    }
    return names;
}"""


def test_files_are_named_by_what_acts_on_them(tab: Page, site: Path) -> None:
    chosen = {
        "period": ("2026-03-11", "2026-03-17"),
        "compare": ("none",),
        "state": ("Kerala, India",),
        "category": ("Books",),
    }
    names: dict[str, str] = {}
    for page in PAGES:
        open_page(tab, site, file_name(page), chosen)
        names |= tab.evaluate(READ_NAMES)
    period = "2026-03-11_2026-03-17"
    assert names["revenue_by_month"] == f"revenue_by_day_{period}_Books_Kerala-India.csv"
    assert names["stock_cover"] == "stock_cover_Books.csv"
    for visual in (visual for page in PAGES for visual in page.visuals):
        name = names[visual.id]
        assert (period in name) == ("period" in visual.filters), name
        assert ("Books" in name) == ("category" in visual.filters), name
        assert ("Kerala" in name) == ("state" in visual.filters), name
        assert "none" not in name, name


def test_few_days_of_large_cubes_count_whole_months_and_say_so(
    tab: Page, bundled: Settings
) -> None:
    build(bundled, by_day=0)
    tab.context.unroute("**/*")
    days = {"period": ("2025-09-17", "2026-03-05"), "grain": ("week",)}
    open_page(tab, bundled.site_dir, "index.html", days)
    note = tab.inner_text("#revenue_by_category .window")
    assert note.startswith("Of whole months, 1 Sept 2025")
    assert note.endswith("5 Mar 2026: days of Sept 2025 would be too much for a page.")
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


def test_days_are_known_first_where_usual_periods_are_compared(
    tab: Page, bundled: Settings
) -> None:
    build(bundled, by_day=60)
    tab.context.unroute("**/*")
    unfinished = {"period": ("2026-02", "2026-03"), "months": ("so-far",)}
    changes, notes = {}, {}
    for comparison in ("year", "previous"):
        open_page(tab, bundled.site_dir, "index.html", {**unfinished, "compare": (comparison,)})
        changes[comparison] = tab.inner_text("#revenue_total .change")
    assert changes["year"].endswith(" 17 Mar 2025)")
    assert changes["previous"] == "nothing full to compare with"  # January's days would not fit
    for first in ("2026-02-05", "2025-03-05", "2025-12-05"):
        open_page(tab, bundled.site_dir, "index.html", {"period": (first, "2026-03-17")})
        notes[first] = tab.inner_text("#revenue_by_category .window")
    assert notes["2026-02-05"] == notes["2025-03-05"] == ""
    assert "days of Dec 2025" in notes["2025-12-05"]
