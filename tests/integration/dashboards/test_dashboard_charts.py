"""What single charts of the dashboards draw and say."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from conftest import ScratchDatabase
from dashboards.catalogue import PAGES
from dashboards.site.build import build
from expectations.dashboard_drawings import READ_DRAWINGS
from expectations.dashboard_figures import expected_rows
from expectations.dashboard_pages import (
    ALL_TIME,
    READ_CSV,
    box_of,
    open_page,
    rows_of,
)
from expectations.dashboard_rows import Row, number_in
from factories.days import execute, query
from factories.small_shop import TODAY
from loader.config.settings import REPOSITORY, Settings


def test_key_names_the_year_before_only_where_it_is_drawn(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", {"period": ("2025-01", "2025-12")})
    key = tab.locator("#revenue_by_month .key li")
    assert key.locator("visible=true").all_inner_texts() == ["Revenue"]
    open_page(tab, site, "index.html", ALL_TIME)
    assert key.locator("visible=true").all_inner_texts() == ["Revenue", "Year before"]


@pytest.mark.parametrize(
    ("locale", "currency", "said"),
    [("ja-JP", "JPY", ["￥0", "", "", "￥1"]), ("en-US", "USD", ["$0", "$0.50", "", "$1"])],
)
def test_axis_says_no_amount_that_the_currency_has_no_coin_for(
    tab: Page, locale: str, currency: str, said: list[str]
) -> None:
    tab.goto("about:blank")
    tab.add_script_tag(path=REPOSITORY / "dashboards" / "site" / "assets" / "3_text.js")
    label = "(settings) => { setLocale(settings); return [0, 0.5, 0.125, 1].map(WORDS.money); }"
    assert tab.evaluate(label, {"locale": locale, "currency": currency}) == said


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
        # all end so near the time to reorder that their figures would stand across its line
        execute("update mart.rpt_stock_cover set days_of_cover = 12 + days_of_cover / 1000")
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
            f" and category = '{category}'"
            " order by days_of_cover, units_sold desc, product_id limit 1"
        )
    tab.context.unroute("**/*")
    open_page(tab, bundled.site_dir, "products.html", {**ALL_TIME, "category": (category,)})
    sentence = tab.inner_text("#stock_cover .summary")
    assert f" {sold_out} more product" in sentence
    assert f" {late} of {in_stock} selling product" in sentence
    assert ("listed are the 10 that last shortest" in sentence) == (in_stock > 10)
    rows = rows_of(tab.evaluate(READ_CSV)["stock_cover"])
    assert [(row["product_id"], float(row["days_of_cover"])) for row in rows[:1]] == [
        (id_, float(days)) for id_, days in first
    ]
    assert tab.evaluate(READ_DRAWINGS)["stock_cover"]["crossed"] == []
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


def test_chart_draws_a_mark_for_each_row(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", ALL_TIME)
    sold = query("select count(distinct category) from mart.dim_products where category <> 'None'")
    bars = tab.locator("#revenue_by_category .chart .mark-rect.role-mark path")
    assert bars.count() == sold[0][0]
    widths = [box_of(bar)["width"] for bar in bars.all()]
    revenue = [number_in(row, "revenue") for row in _by_category()]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] / widths[-1] == pytest.approx(float(revenue[0] / revenue[-1]), rel=0.05)


def _by_category() -> list[Row]:
    [visual] = [one for one in PAGES[0].visuals if one.id == "revenue_by_category"]
    return expected_rows(visual, ALL_TIME, TODAY)
