"""Dashboards of a shop that gives PostgreSQL the newest months of sales, and Spark all of them."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from dashboards.catalogue import PAGES
from dashboards.catalogue import Page as CataloguePage
from dashboards.site.pages import file_name
from expectations.dashboard_pages import VERSIONS, open_page, wrong_figures
from factories.days import query
from factories.small_shop import TODAY

# Periods, comparisons and usual days on one, cohorts on the other.
SHOWN = [page for page in PAGES if page.id in ("overview", "customers")]
OLDER_STAY_ON_SPARK = """
delete from mart.fct_sales where date_key < 20250801;
delete from mart.fct_returns where date_key < 20250801;
update ops.publication_relations set row_count = (select count(*) from mart.fct_sales)
where relation_name = 'fct_sales';
update ops.publication_relations set row_count = (select count(*) from mart.fct_returns)
where relation_name = 'fct_returns';
"""


@pytest.fixture(scope="module")
def changes_of_shop() -> str:
    return VERSIONS + OLDER_STAY_ON_SPARK


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.id)
def test_figures_are_those_of_the_months_that_mart_has(
    tab: Page, site: Path, page: CataloguePage
) -> None:
    """Who first bought in a month that mart has no sale of is in no cohort, and comes back."""
    before = "select count(*) from mart.rpt_customer_rfm where first_purchase_month < '2025-08'"
    assert query(before)[0][0] > 0
    selection = {"period": ("2025-08", "2026-03")}
    open_page(tab, site, file_name(page), selection)
    assert wrong_figures(tab, page.visuals, selection, TODAY) == {}
    assert tab.get_attribute("#from", "min") == "2025-08-01"
    first_day = query(
        "select min(full_date)::text from mart.agg_daily_sales where date_key > 20250731"
    )
    assert first_day == [("2025-08-01",)]
    assert tab.inner_text(".as-of").endswith("INR, sales from 1 Aug 2025 on")
    periods = tab.locator("#preset option").all_inner_texts()
    assert periods[:3] == ["Since 1 Aug 2025", "Latest 6 months", "Latest 3 months"]
