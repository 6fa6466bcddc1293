"""The dashboards in a real browser: every figure is mart's, under any filter, and nobody is asked for anything."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest
from dashboard_figures import Row, expected_rows, is_same, shown
from days import execute
from playwright.sync_api import Browser, Page, sync_playwright
from small_shop import TODAY

from dashboards.catalogue import MEASURES, PAGES, Visual
from dashboards.pages import file_name
from dashboards.site import build
from loader.settings import Settings

# Customers and products that changed: what a sale counts for is what was true at the sale.
VERSIONS = """
insert into mart.dim_customers
select 'moved' || customer_key, customer_id, full_name, city, 'Sikkim', 'India', age_group,
    customer_segment, false, registration_date, date '1800-01-01', date '1800-01-02'
from mart.dim_customers where customer_id in ('CUST0001', 'CUST0002', 'CUST0003');
update mart.fct_sales set customer_key = 'moved' || customer_key
where customer_id in ('CUST0001', 'CUST0002', 'CUST0003') and date_key < 20250901;
insert into mart.dim_products
select 'was' || product_key, product_id, product_name, 'Garden', sub_category, 'Old brand', supplier_id,
    price_tier, price, cost, false, date '1800-01-01', date '1800-01-02'
from mart.dim_products where product_id in ('PROD0001', 'PROD0002');
update mart.fct_sales set product_key = 'was' || product_key
where product_id in ('PROD0001', 'PROD0002') and date_key < 20251101;
"""

ALL_TIME = {"period": ("2025-01", "2026-03")}
SELECTIONS = {
    "everything": ALL_TIME,
    "half a year that is not over, two categories": {
        "period": ("2025-10", "2026-03"),
        "category": ("Books", "Garden"),
    },
    "a country and a payment method": {
        **ALL_TIME,
        "country": ("India",),
        "payment_method": ("UPI",),
    },
    "all filters": {
        "period": ("2025-04", "2025-12"),
        "category": ("Electronics", "Sports", "Clothing"),
        "state": ("Sikkim", "Kerala", "Goa"),
        "payment_method": ("UPI", "Credit Card"),
    },
    "one month": {"period": ("2026-02", "2026-02"), "state": ("Maharashtra",)},
    "nothing sold": {
        "period": ("2025-01", "2025-01"),
        "state": ("Bagmati",),
        "category": ("Garden",),
    },
}
VISUALS = [(page, visual) for page in PAGES for visual in page.visuals]


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield monkeypatch


@pytest.fixture(scope="module")
def site(
    small_shop: tuple[str, Path],
    scratch_database: Callable,
    patch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """Yield the folder of a site of a small shop, while its database is there to be asked."""
    settings = Settings(root=tmp_path_factory.mktemp("site"))
    with scratch_database(patch, small_shop[0]):
        execute(VERSIONS)
        build(settings)
        yield settings.site_dir


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def tab(browser: Browser, site: Path) -> Iterator[Page]:
    """Yield a page that may read the site's files and nothing else, and must not complain."""
    with closing(browser.new_context(viewport={"width": 1280, "height": 900})) as context:
        page = context.new_page()
        refused, complaints = [], []

        def answer(route) -> None:  # noqa: ANN001
            if route.request.url.startswith(f"file://{site}/"):
                route.continue_()
            else:
                refused.append(route.request.url)
                route.abort()

        context.route("**/*", answer)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        assert refused == []
        assert complaints == []


def open_page(tab: Page, site: Path, name: str, selection: dict | None = None) -> None:
    chosen = dict(selection or {})
    address = {}
    if "period" in chosen:
        address["from"], address["to"] = chosen.pop("period")
    hash_ = urlencode({**address, **chosen}, doseq=True)
    tab.goto("about:blank")
    tab.goto(f"file://{site}/{name}#{hash_}")
    tab.wait_for_selector("body[data-ready]")


READ_CSV = """async () => {
    const texts = {}, blobs = [];
    const before = URL.createObjectURL;
    URL.createObjectURL = (blob) => { blobs.push(blob); return "#"; };
    HTMLAnchorElement.prototype.click = () => {};
    for (const button of document.querySelectorAll(".to-csv")) {
        button.click();
        texts[button.closest("figure").id] = await blobs.pop().text();
    }
    URL.createObjectURL = before;
    return texts;
}"""


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def differences(visual: Visual, found: list[Row], expected: list[Row]) -> list[str]:
    exact = {name for name in visual.measures if MEASURES[name].denominator is None}
    exact |= set(visual.dimensions)
    wrong = [f"{len(found)} rows, not {len(expected)}"] if len(found) != len(expected) else []
    for number, (one, other) in enumerate(zip(found, expected, strict=False)):
        for name, value in other.items():
            same = one[name] == value if name in exact else is_same(one[name], value)
            if not same:
                wrong.append(f"row {number}, {name}: {one[name]!r}, not {value!r}")
    return wrong


@pytest.mark.parametrize("selection", SELECTIONS.values(), ids=SELECTIONS)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.id)
def test_every_figure_equals_sql_on_mart(tab: Page, site: Path, page, selection: dict) -> None:  # noqa: ANN001
    open_page(tab, site, file_name(page), selection)
    texts = tab.evaluate(READ_CSV)
    assert set(texts) == {visual.id for visual in page.visuals}
    wrong = {}
    for visual in page.visuals:
        expected = shown(visual, expected_rows(visual, selection, TODAY))
        if found := differences(visual, rows_of(texts[visual.id]), expected):
            wrong[visual.id] = found[:5]
    assert wrong == {}
