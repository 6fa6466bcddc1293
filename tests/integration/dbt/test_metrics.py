"""MetricFlow and the dashboards compute the metrics alike, and as the reports do."""

import re
from decimal import Decimal
from pathlib import Path
from unittest.mock import Mock

import pytest
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlClient, SqlEngine
from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from dashboards.catalogue import DIMENSIONS, FACT, JOINS, MEASURES, STAR_MEASURES
from dashboards.catalogue.metrics import declared_measures
from factories.days import query
from loader.database.fetch import Row

# What a metric is grouped by, and the catalogue's dimension that says the same.
GROUPS = {
    "product__category": "category",
    "product__brand": "brand",
    "customer__state": "state",
    "customer__customer_segment": "segment",
    "payment_method__payment_method_name": "payment_method",
    "sales_day__year_month": "month",
    "sales_day__day_name": "weekday",
}

pytestmark = pytest.mark.usefixtures("small_mart")


@pytest.fixture(scope="module")
def engine(small_shop: tuple[str, Path]) -> MetricFlowEngine:
    """Return MetricFlow on what the small shop's build wrote."""
    text = (small_shop[1] / "target" / "semantic_manifest.json").read_text()
    lookup = SemanticManifestLookup(parse_manifest_from_dbt_generated_manifest(text))
    # It says which SQL to write; none is run.
    postgres = Mock(
        SqlClient,
        sql_engine_type=SqlEngine.POSTGRES,
        sql_plan_renderer=PostgresSQLSqlPlanRenderer(),
    )
    return MetricFlowEngine(semantic_manifest_lookup=lookup, sql_client=postgres)


def ask(engine: MetricFlowEngine, metrics: list[str], *groups: str) -> dict[Row, list[Decimal]]:
    """Return the metrics by what they are grouped by, as MetricFlow's SQL gives them."""
    request = MetricFlowQueryRequest.create(metric_names=metrics, group_by_names=groups)
    # The shop's database has another name than when it was built.
    statement, count = re.subn(
        r'"\w+"\."mart_build"\.', '"mart_build".', engine.explain(request).sql_statement.sql
    )
    assert count
    columns = ", ".join([*groups, *metrics])  # MetricFlow has an order of its own
    rows = query(f"select {columns} from ({statement.strip().removesuffix(';')}) as found")
    return {row[: len(groups)]: list(row[len(groups) :]) for row in rows}


def catalogue_figures(metrics: list[str], dimension: str) -> dict[Row, list[Decimal]]:
    group = DIMENSIONS[dimension].sql
    selected = ", ".join([group, *(MEASURES[name].sql for name in metrics)])
    joins = "".join(
        f" inner join mart.{name} on {FACT}.{key} = {name}.{key}"
        for name, key in JOINS.items()
        if name.startswith("dim_")
    )
    rows = query(f"select {selected} from mart.{FACT}{joins} group by {group}")
    return {(row[0],): list(row[1:]) for row in rows}


def assert_equal(ours: dict[Row, list[Decimal]], theirs: dict[Row, list[Decimal]]) -> None:
    assert set(ours) == set(theirs)
    for group, figures in theirs.items():
        for our, their in zip(ours[group], figures, strict=True):
            assert Decimal(our) == pytest.approx(Decimal(their), abs=Decimal("0.0001")), group


@pytest.mark.parametrize("group", GROUPS)
def test_grouped_metrics_are_the_dashboards_figures(engine: MetricFlowEngine, group: str) -> None:
    metrics = sorted(declared_measures().keys() & STAR_MEASURES.keys())
    theirs = catalogue_figures(metrics, GROUPS[group])
    assert len(theirs) > 1
    assert_equal(ask(engine, metrics, group), theirs)


@pytest.mark.parametrize(
    ("group", "metrics", "report"),
    [
        (
            "product__category",
            ["revenue", "profit", "margin_pct", "units"],
            (
                "select category, total_revenue, total_profit, profit_margin_pct, units_sold "
                "from mart.rpt_category_performance"
            ),
        ),
        (
            "sales_day__year_month",
            ["revenue", "transactions", "average_order_value", "customers"],
            (
                "select year_month, total_revenue, total_transactions, average_order_value, "
                "unique_customers from mart.rpt_monthly_trend"
            ),
        ),
        (
            "sales_day__year_month",
            ["gross", "discount", "net_sales", "return_rate_pct", "profit_after_returns"],
            (
                "select year_month, total_gross, total_discount, net_sales, return_rate_pct, "
                "profit_after_returns from mart.rpt_monthly_trend"
            ),
        ),
        (
            "payment_method__payment_method_name",
            ["transactions", "revenue"],
            (
                "select payment_method, transaction_count, total_revenue "
                "from mart.rpt_payment_distribution"
            ),
        ),
        (
            "customer__state",
            ["revenue", "customers", "revenue_per_customer"],
            (
                "select state, total_revenue, total_customers, avg_revenue_per_customer "
                "from mart.rpt_geographic_sales"
            ),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "__" in value else "",
)
def test_metrics_are_the_reports_figures(
    engine: MetricFlowEngine, group: str, metrics: list[str], report: str
) -> None:
    theirs = {(name,): figures for name, *figures in query(report)}
    ours = ask(engine, metrics, group)
    rounded = {key: [round(Decimal(value), 2) for value in row] for key, row in ours.items()}
    assert_equal(rounded, theirs)


def test_metrics_follow_the_calendar(engine: MetricFlowEngine) -> None:
    by_month = ask(engine, ["revenue"], "metric_time__month")
    theirs = query("select year_month, total_revenue from mart.rpt_monthly_trend")
    ours = {f"{month:%Y-%m}": revenue for (month,), (revenue,) in by_month.items() if revenue}
    assert ours == dict(theirs)
