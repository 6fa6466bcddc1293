"""What tests ask the dashboards' pages for, and how they read what a page shows."""

import csv
import io
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import FloatRect, Locator, Page

from dashboards.catalogue import MEASURES, Visual
from expectations.dashboard_figures import drawn, expected_rows, is_same, shown
from expectations.dashboard_periods import Selection

# Customers and products that changed: what a sale counts for is what was true at the sale.
VERSIONS = """
insert into mart.dim_customers
select 1000 + customer_key, customer_id, full_name, city, 'Sikkim', 'India', '46-60',
    customer_segment, false, registration_date, date '1800-01-01', date '1800-01-02'
from mart.dim_customers where customer_id in ('CUST0001', 'CUST0002', 'CUST0003');
update mart.fct_sales set customer_key = 1000 + customer_key
where customer_id in ('CUST0001', 'CUST0002', 'CUST0003') and date_key < 20250901;
insert into mart.dim_products
select 1000 + product_key, product_id, product_name, 'Garden', sub_category, 'Old brand',
    supplier_id, price_tier, price, cost, false, date '1800-01-01', date '1800-01-02'
from mart.dim_products where product_id in ('PROD0001', 'PROD0002');
update mart.fct_sales set product_key = 1000 + product_key
where product_id in ('PROD0001', 'PROD0002') and date_key < 20251101;
update mart.fct_returns as returned
set customer_key = sold.customer_key, product_key = sold.product_key
from mart.fct_sales as sold where returned.item_id = sold.item_id;
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
        "state": ("Sikkim, India", "Kerala, India", "Goa, India"),
        "payment_method": ("UPI", "Credit Card"),
    },
    "a segment and age groups": {
        **ALL_TIME,
        "segment": ("Regular", "VIP"),
        "age_group": ("26-35", "46-60", "Unknown"),
    },
    "days of an age group that bought some categories": {
        "period": ("2025-08-17", "2026-02-10"),
        "category": ("Books", "Sports", "Garden"),
        "state": ("Sikkim, India", "Kerala, India", "Punjab, India"),
        "age_group": ("36-45", "46-60"),
    },
    "some days of brands": {
        "period": ("2025-09-17", "2026-02-10"),
        "category": ("Books", "Sports", "Garden"),
        "brand": ("Brand 2", "Brand 5", "Old brand"),
    },
    "a week, against the year before": {
        "period": ("2026-03-02", "2026-03-08"),
        "compare": ("year",),
    },
    "weeks, against nothing": {
        "period": ("2026-01-01", "2026-03-09"),
        "grain": ("week",),
        "compare": ("none",),
    },
    "one month": {
        "period": ("2026-02", "2026-02"),
        "state": ("Maharashtra, India",),
        "brand": ("Brand 1", "Brand 3", "Brand 7"),
    },
    "nothing sold": {
        "period": ("2025-01", "2025-01"),
        "state": ("Bagmati, Nepal",),
        "category": ("Garden",),
    },
}
# Where a test opens much for each, the suite takes these, and `make proof` the others.
FEW = ("everything", "days of an age group that bought some categories", "nothing sold")
FEW_IN_THE_SUITE = [
    pytest.param(selection, id=name, marks=() if name in FEW else pytest.mark.proof)
    for name, selection in SELECTIONS.items()
]


def open_page(tab: Page, site: Path, name: str, selection: Selection | None = None) -> None:
    chosen = dict(selection or {})
    address = {}
    if "period" in chosen:
        address["from"], address["to"] = chosen.pop("period")
    hash_ = urlencode({**address, **chosen}, doseq=True)
    tab.goto("about:blank")
    tab.goto(f"file://{site}/{name}#{hash_}")
    tab.wait_for_selector("body[data-ready]")
    tab.evaluate("shop.drawn")  # what is not in view is drawn after it


READ_CSV = """async () => {
    const texts = {}, blobs = [];
    const before = URL.createObjectURL, {click} = HTMLAnchorElement.prototype;
    URL.createObjectURL = (blob) => { blobs.push(blob); return "#"; };
    HTMLAnchorElement.prototype.click = () => {};
    for (const button of document.querySelectorAll(".to-csv")) {
        button.click();
        texts[button.closest("figure").id] = await blobs.pop().text();
    }
    URL.createObjectURL = before;
    HTMLAnchorElement.prototype.click = click;
    return texts;
}"""


def box_of(shown: Locator) -> FloatRect:
    """Return where something stands on the page."""
    box = shown.bounding_box()
    assert box
    return box


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def wrong_figures(
    tab: Page, visuals: Iterable[Visual], selection: Selection, today: date
) -> dict[str, list[str]]:
    """Return what visuals of a page show otherwise than the mart, by visual."""
    texts = tab.evaluate(READ_CSV)
    wrong = {}
    for declared in visuals:
        visual = drawn(declared, selection, today)
        expected = shown(visual, expected_rows(visual, selection, today))
        if found := differences(visual, rows_of(texts[visual.id]), expected):
            wrong[visual.id] = found[:5]
    return wrong


def differences(
    visual: Visual, found: list[dict[str, str]], expected: list[dict[str, str]]
) -> list[str]:
    exact = {name for name in visual.measures if MEASURES[name].denominator is None}
    exact |= set(visual.dimensions)
    wrong = [f"{len(found)} rows, not {len(expected)}"] if len(found) != len(expected) else []
    for number, (one, other) in enumerate(zip(found, expected, strict=False)):
        for name, value in other.items():
            same = one[name] == value if name in exact else is_same(one[name], value)
            if not same:
                wrong.append(f"row {number}, {name}: {one[name]!r}, not {value!r}")
    return wrong
