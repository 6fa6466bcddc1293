"""The reports of the mart give the figures of the charts, unfiltered."""

from dataclasses import replace
from decimal import Decimal

import pytest

from dashboards.catalogue import PAGES, Visual
from dashboards.catalogue.returns import ADDED
from expectations.dashboard_figures import COMPLETE, expected_rows, is_same
from expectations.dashboard_pages import ALL_TIME
from factories.days import query
from factories.small_shop import TODAY

REPORTS = [visual for page in PAGES for visual in page.visuals if visual.report]
REPORTS_OF_RETURNS = [visual for added in ADDED.values() for visual in added if visual.report]


@pytest.mark.usefixtures("small_mart")
@pytest.mark.parametrize("visual", REPORTS, ids=lambda visual: visual.id)
def test_report_gives_the_same_figures_unfiltered(visual: Visual) -> None:
    assert_report_gives_the_same(visual)


@pytest.mark.usefixtures("returning_mart")
@pytest.mark.parametrize("visual", REPORTS_OF_RETURNS, ids=lambda visual: visual.id)
def test_report_gives_the_same_figures_of_returns(visual: Visual) -> None:
    assert_report_gives_the_same(visual)


def assert_report_gives_the_same(visual: Visual) -> None:
    report = visual.report
    assert report
    fields = [name for name, _ in report.columns]
    columns = ", ".join(column for _, column in report.columns)
    rows = query(f"select {columns} from mart.{report.relation}")
    reported = [dict(zip(fields, row, strict=True)) for row in rows]
    unlimited = replace(visual, limit=None)
    expected = expected_rows(unlimited, ALL_TIME, TODAY)
    if visual.kind in COMPLETE:  # charts show what sold nothing, too
        expected = [row for row in expected if any(row[name] for name in visual.measures)]
    keys = [name for name in fields if name in visual.dimensions]
    found = {tuple(str(row[key]) for key in keys): row for row in expected}
    assert reported
    if report.relation in ALL_ROWS:
        assert len(reported) == len(expected)
    for row in reported:
        other = found.get(tuple(str(row[key]) for key in keys))
        if other is None:  # a report lists what was never sold, too
            assert not any(row[name] for name in fields if name in visual.measures)
            continue
        wrong = [
            (name, row[name], other[name])
            for name in fields
            if not is_same(_written(row[name]), _written(other[name]))
        ]
        assert wrong == []


def _written(value: object) -> str:
    return (
        ""
        if value is None
        else f"{value:.2f}"
        if isinstance(value, Decimal | float)
        else str(value)
    )


ALL_ROWS = {
    "rpt_monthly_trend",
    "rpt_category_performance",
    "rpt_payment_distribution",
    "rpt_geographic_sales",
    "rpt_discount_impact",
    "rpt_new_and_returning_customers",
    "rpt_cohort_retention",
    "rpt_daily_revenue",
    "rpt_weekday_and_hour",
    "rpt_product_abc",
}
