"""What the pages say of rows that are few, alike, or nothing."""

from typing import Any

import pytest
from playwright.sync_api import Page

from loader.config.settings import REPOSITORY

ASSETS = REPOSITORY / "dashboards" / "site" / "assets"
REVENUE = {"name": "revenue", "label": "Revenue", "format": "money", "numerator": {"terms": [1]}}
COUNT = {"name": "customers", "label": "Customers", "format": "count"}
SCORES = [{"name": f"{name}_score", "format": "count"} for name in ("recency", "frequency")]
SHOWN = {"first": "2026-09-01", "last": "2026-09-30", "today": "2026-10-16"}


def visual(kind: str, *dimensions: str, **others: object) -> dict[str, object]:
    """Return what a page knows of a visual."""
    named = [{"name": name, "format": "text"} for name in dimensions]
    usual = {"id": kind, "derived": [], "measures": [REVENUE], "period": "month", "shown": SHOWN}
    return {**usual, "kind": kind, "dimensions": named, **others}


def days(*revenues: float) -> list[dict[str, object]]:
    """Return rows of the first days of a month."""
    return [{"day": f"2026-09-{n:02}", "revenue": one} for n, one in enumerate(revenues, start=1)]


BRANDS = [{"brand": brand, "revenue": 3} for brand in "ABC"]
CELLS = [
    {"recency_score": 5, "frequency_score": 4, "customers": 1},
    {"recency_score": 4, "frequency_score": 5, "customers": 2},
]
HEAT = visual("heat", dimensions=SCORES, measures=[COUNT])
HIGHEST_AND_LOWEST = (
    "Highest: recency 4, frequency 5 with 2. "
    "Lowest that is not empty: recency 5, frequency 4 with 1."
)
LINES = visual("lines", dimensions=[{"name": "day", "format": "date"}])
POINTS = [{"product_name": name, "profit": -loss} for name, loss in (("Mug", 2), ("Pen", 10))]


@pytest.fixture
def text(tab: Page) -> Page:
    """Return a page without figures that can say sentences."""
    tab.goto("about:blank")
    for path in sorted(ASSETS.glob("[0-4]_*.js")):
        tab.add_script_tag(path=path)
    tab.evaluate("setLocale({ locale: 'en-IN', currency: 'INR' })")
    return tab


@pytest.mark.parametrize(
    ("drawn", "rows", "said"),
    [
        (visual("bars", "brand"), BRANDS[:1], "Only A with ₹3."),
        (visual("bars", "brand"), BRANDS[:2], "A and B lead with ₹3 each."),
        (visual("bars", "brand"), BRANDS, "A and 2 others lead with ₹3 each."),
        (LINES, days(0, 0, 0), "The same in all 3: ₹0."),
        (LINES, days(7), "Only 1 Sept 2026 with ₹7."),
        (HEAT, CELLS[:1] * 2, "The same in all 2: 1."),
        (
            HEAT,
            CELLS,
            HIGHEST_AND_LOWEST,
        ),
        (visual("daily"), days(0, 0), "0 of 2 days were unusual; none brought revenue."),
        (visual("pareto"), [{"revenue": 0, "abc_class": "C"}], "No product brought revenue."),
        (visual("points"), POINTS, "No product earns anything; 2 products at a loss."),
        (visual("bars", "brand"), [], "Nothing was sold that fits period and filters."),
    ],
)
def test_sentence_is_true_of_rows_that_are_few_or_alike(
    text: Page, drawn: dict[str, Any], rows: list[dict[str, Any]], said: str
) -> None:
    assert text.evaluate("([drawn, rows]) => summaryOf(drawn, rows)", [drawn, rows]) == said


def test_what_came_back_for_nothing_came_back(text: Page) -> None:
    measures = [{**REVENUE, "name": "returns"}]
    drawn = visual("bars", "category", measures=measures)
    rows = [{"category": "Books", "returns": 0, "units_returned": units} for units in (0, 1)]
    summary = "([drawn, row]) => summaryOf(drawn, [row])"
    assert text.evaluate(summary, [drawn, rows[0]]).startswith("Nothing came back that fits")
    assert text.evaluate(summary, [drawn, rows[1]]) == "Only Books with ₹0."


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("de-DE", ["5.425 €", "468.694 €", "1,23 Mio. €", "12.345"]),
        ("en-US", ["€5.43K", "€469K", "€1.23M", "12.3K"]),
    ],
)
def test_number_is_whole_where_a_language_has_no_short_form(
    text: Page, locale: str, said: list[str]
) -> None:
    found = text.evaluate(
        """(locale) => {
            setLocale({ locale, currency: "EUR" });
            const amounts = [5425.2, 468694.15, 1234567];
            const texts = amounts.map((amount) => write("money", amount, true));
            return [...texts, write("count", 12345, true)].map(plain);
        }""",
        locale,
    )
    assert found == said
