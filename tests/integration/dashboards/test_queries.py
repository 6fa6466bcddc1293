"""The SQL button of a chart: its query lists the rows that the chart adds up."""

from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page

from dashboards.catalogue import PAGES, Visual
from dashboards.catalogue import Page as CataloguePage
from dashboards.catalogue.queries import facts
from dashboards.catalogue.returns import with_returns
from dashboards.site.pages import file_name
from expectations.dashboard_pages import (
    ALL_TIME,
    FEW_IN_THE_SUITE,
    READ_CSV,
    VERSIONS,
    open_page,
    rows_of,
)
from expectations.dashboard_periods import Selection
from factories.days import connect

QUOTED = "O'Neil\\ card'); --"
WITH_RETURNS = [with_returns(page) for page in PAGES]
# What the columns of a list add up to, by the measure of a chart.
SUMS = {
    "revenue": ("fct_sales", "revenue_amount"),
    "units": ("fct_sales", "quantity"),
    "gross": ("fct_sales", "gross_amount"),
    "discount": ("fct_sales", "discount_amount"),
    "profit": ("fct_sales", "profit_amount"),
    "returns": ("fct_returns", "refund_amount"),
    "units_returned": ("fct_returns", "returned_quantity"),
}
READ_QUERIES = """async () => {
    const texts = {};
    let copied = null;
    const value = {writeText: async (text) => { copied = text; }};
    Object.defineProperty(navigator, "clipboard", {configurable: true, value});
    for (const button of document.querySelectorAll(".to-sql")) {
        button.click();
        texts[button.closest("figure").id] = copied;
    }
    return texts;
}"""

Listed = list[dict[str, object]]


@pytest.fixture(scope="module")
def shop_of_site(returning_shop: tuple[str, Path]) -> tuple[str, Path]:
    return returning_shop


@pytest.fixture(scope="module")
def changes_of_shop() -> str:
    quoted = QUOTED.replace("'", "''")
    return (
        f"{VERSIONS} update mart.dim_payment_methods set payment_method_name = '{quoted}'"
        " where payment_method_name = 'Net Banking'"
    )


def listed(text: str) -> dict[str, Listed]:
    """Return the rows of a text's queries, by the fact that they list."""
    found = {}
    for statement in text.rstrip().removesuffix(";").split(";\n\n"):
        fact = "fct_returns" if "from mart.fct_returns" in statement else "fct_sales"
        with connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            names = [column.name for column in cursor.description or ()]
            found[fact] = [dict(zip(names, row, strict=True)) for row in cursor]
    return found


def wrong_sums(visual: Visual, rows: list[dict[str, str]], found: dict[str, Listed]) -> list[str]:
    wrong = []
    for measure in set(visual.measures) & SUMS.keys():
        fact, column = SUMS[measure]
        shown = sum(Decimal(row[measure] or 0) for row in rows)
        added = sum(Decimal(str(row[column])) for row in found[fact])
        if shown != added:
            wrong.append(f"{visual.id}, {measure}: {shown}, and listed {added}")
    counts = {
        "lines": len(found.get("fct_sales", ())),
        "transactions": len({row["transaction_id"] for row in found.get("fct_sales", ())}),
        "customers": len({row["customer_id"] for row in found.get("fct_sales", ())}),
    }
    for measure in set(visual.measures) & counts.keys():
        # a transaction has several categories, and a customer several months
        if measure != "lines" and visual.kind != "figure":
            continue
        shown = sum(Decimal(row[measure] or 0) for row in rows)
        if shown != counts[measure]:
            wrong.append(f"{visual.id}, {measure}: {shown}, and listed {counts[measure]}")
    return wrong


def wrong_queries(tab: Page, visuals: tuple[Visual, ...]) -> list[str]:
    """Return what charts show otherwise than the rows that their queries list."""
    texts, tables = tab.evaluate(READ_QUERIES), tab.evaluate(READ_CSV)
    wrong = []
    for visual in visuals:
        assert (visual.id in texts) == bool(facts(visual)), visual.id
        if facts(visual):
            found = listed(texts[visual.id])
            assert list(found) == facts(visual)
            wrong += wrong_sums(visual, rows_of(tables[visual.id]), found)
    return wrong


@pytest.mark.parametrize("selection", FEW_IN_THE_SUITE)
@pytest.mark.parametrize("page", WITH_RETURNS, ids=lambda page: page.id)
def test_query_lists_what_the_chart_adds_up(
    tab: Page, site: Path, page: CataloguePage, selection: Selection
) -> None:
    open_page(tab, site, file_name(page), selection)
    assert wrong_queries(tab, page.visuals) == []


def test_query_of_one_product_or_customer_lists_its_sales(tab: Page, site: Path) -> None:
    for page in WITH_RETURNS:
        if page.drill:
            id_ = {"product_id": "PROD0001", "customer_id": "CUST0003"}[page.drill.of]
            open_page(tab, site, file_name(page), {**ALL_TIME, page.drill.of: (id_,)})
            assert wrong_queries(tab, page.drill.visuals) == []
            [text] = [tab.evaluate(READ_QUERIES)[page.drill.visuals[0].id]]
            assert {row[page.drill.of] for row in listed(text)["fct_sales"]} == {id_}


def test_names_are_quoted(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", {**ALL_TIME, "payment_method": (QUOTED,)})
    assert tab.locator("#chips button").count() == 1
    assert wrong_queries(tab, WITH_RETURNS[0].visuals) == []
    rows = listed(tab.evaluate(READ_QUERIES)["revenue_total"])["fct_sales"]
    assert {row["payment_method"] for row in rows} == {QUOTED}


def test_list_is_that_of_the_rows_that_are_shown_newest_first(tab: Page, site: Path) -> None:
    open_page(tab, site, "products.html", ALL_TIME)
    text = tab.evaluate(READ_QUERIES)["top_products"]
    products = {row["product_id"] for row in rows_of(tab.evaluate(READ_CSV)["top_products"])}
    rows = listed(text)["fct_sales"]
    assert {row["product_id"] for row in rows} == products
    times = [str(row["sold_at"]) for row in rows]
    assert times == sorted(times, reverse=True)


def test_query_is_shown_where_the_clipboard_is_refused(tab: Page, site: Path) -> None:
    tab.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    open_page(tab, site, "products.html", {**ALL_TIME, "product_id": ("PROD0001",)})
    tab.click("#product_revenue .to-sql")
    shown = tab.locator("dialog.query textarea")
    assert "product_id in ('PROD0001')" in shown.input_value()
    assert shown.evaluate("(one) => one.selectionEnd - one.selectionStart === one.value.length")
    tab.keyboard.press("Escape")
    tab.wait_for_selector("dialog.query", state="detached")
    assert tab.locator("dialog.drill[open]").count() == 1


def test_button_says_that_it_copied(tab: Page, site: Path) -> None:
    open_page(tab, site, "index.html", ALL_TIME)
    tab.evaluate(READ_QUERIES)
    tab.click("#revenue_by_category .to-sql")
    assert tab.inner_text("#revenue_by_category .to-sql") == "Copied"
    assert tab.inner_text("#saved") == "Copied the query of Revenue and margin by category."
