"""The sample data set, from its files to the exports."""

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from factories.days import Rows, constraints, dbt_well, everything, query, run_well
from loader.config.settings import Settings

pytestmark = pytest.mark.usefixtures("own_dbt_target")


def read_export(settings: Settings, name: str) -> Rows:
    with (settings.exports_dir / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def assert_figures(rows: Rows, key: str, expected: dict[str, dict[str, object]]) -> None:
    """Compare the rows of a report with the expected ones, column by column and to the cent."""
    by_key = {"|".join(str(row[name]) for name in key.split("|")): row for row in rows}
    for name, figures in expected.items():
        for column, figure in figures.items():
            assert Decimal(str(by_key[name][column])) == Decimal(str(figure)), (name, column)


REPORT_KEYS = {
    "rpt_monthly_trend": "year_month",
    "rpt_customer_segments": "spending_segment",
    "rpt_category_performance": "category",
    "rpt_payment_distribution": "payment_method",
    "rpt_geographic_sales": "country|state",
    "rpt_customer_lifetime_value": "customer_id",
    "rpt_product_profitability": "product_id",
    "rpt_day_of_week": "day_of_week",
    "rpt_discount_impact": "discount_range",
}


def assert_sample_exports(settings: Settings, expected: dict[str, Any]) -> None:
    sales = read_export(settings, "fct_sales")
    totals = expected["totals"]
    for column, total in [
        ("revenue_amount", "revenue"),
        ("profit_amount", "profit"),
        ("cost_amount", "cost"),
        ("quantity", "units"),
    ]:
        assert sum(Decimal(row[column]) for row in sales) == Decimal(str(totals[total])), total
    assert len(sales) == totals["lines"]
    assert len({row["transaction_id"] for row in sales}) == totals["transactions"]
    assert len({row["customer_key"] for row in sales}) == totals["customers"]
    for report, key in REPORT_KEYS.items():
        assert_figures(read_export(settings, report), key, expected[report])
    top = expected["rpt_top_products"]
    found = sorted(
        read_export(settings, "rpt_top_products"), key=lambda row: int(row["revenue_rank"])
    )
    assert [row["product_id"] for row in found] == [row["product_id"] for row in top]
    figures = {row.pop("product_id"): row for row in top}
    assert_figures(found, "product_id", figures)


@pytest.mark.usefixtures("database")
def test_sample_arrives_to_the_cent_and_a_second_run_changes_nothing(
    settings: Settings, sample_dir: Path
) -> None:
    expected = json.loads((sample_dir / "expected.json").read_text())

    run_well("2025-12-31", sample_dir)

    counts = query("select table_name, delivered_count, accepted_count from ops.batch_counts")
    assert {name: accepted for name, _, accepted in counts} == expected["rows"]
    assert all(delivered == accepted for _, delivered, accepted in counts)
    warnings = query("select code, count(*) from ops.row_warnings group by code")
    assert warnings == [("before_registration:transaction_date", 7365)]
    assert_sample_exports(settings, expected)

    before, constraints_before = everything(), constraints()
    files_before = {p.name: p.read_bytes() for p in settings.exports_dir.glob("*.csv")}
    run_well("2025-12-31", sample_dir)
    assert everything() == before
    assert constraints() == constraints_before
    assert {p.name: p.read_bytes() for p in settings.exports_dir.glob("*.csv")} == files_before

    dbt_well("build", "--select", "customers")
    assert constraints() == constraints_before
    dbt_well("build", "--full-refresh", "--exclude-resource-type", "unit_test")
    assert constraints() == constraints_before
    assert everything() == before
