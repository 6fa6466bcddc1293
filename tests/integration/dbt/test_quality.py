"""What is said of quality is what was checked."""

from decimal import Decimal

import pytest

from factories.days import dbt, dbt_well, execute, query

SCORES = "select score, rows_pct, missing_count, failed_count from ops.quality_scores"

DIMENSIONS = {
    "completeness",
    "uniqueness",
    "validity",
    "consistency",
    "referential_integrity",
    "timeliness",
}


@pytest.mark.usefixtures("first_day")
def test_every_test_result_is_on_record_with_its_dimension() -> None:
    results = query(
        "select unique_id, dimension from ops.node_results where resource_type = 'test'"
    )
    assert len(results) > 20
    assert [name for name, dimension in results if dimension not in DIMENSIONS] == []
    assert {
        name.split(".")[2]: dimension
        for name, dimension in results
        if "versions" in name and "assert" in name
    } == {
        "assert_current_versions_equal_production": "consistency",  # by its folder
        "assert_sales_join_versions_of_their_day": "referential_integrity",  # by its YAML
        "assert_versions_have_no_gap": "completeness",
    }
    assert query(
        "select distinct dimension from ops.node_results where resource_type <> 'test'"
    ) == [(None,)]


@pytest.mark.usefixtures("first_day")
def test_published_day_has_all_its_scores_and_the_mart_has_the_same() -> None:
    assert query("select count(*), sum(missing_count), min(score) from ops.quality_scores") == [
        (21, 0, Decimal(100))
    ]
    assert query(
        "select scores.table_name from ops.quality_scores as scores"
        " inner join mart.rpt_batch_quality using (batch_date, table_name)"
        " where dimension = 'all' and score is distinct from quality_pct"
    ) == []  # fmt: skip


@pytest.mark.usefixtures("first_day")
def test_score_is_empty_where_a_check_did_not_run_and_the_gate_holds_a_bad_batch_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    execute(
        "delete from ops.node_results where unique_id like '%expression_is_true_fct_sales%';"
        "update ops.node_results set status = 'fail' where unique_id like '%gap_or_overlap';"
        "update ops.quality_counts set delivered_count = 1000, rows_pct = 10"
        " where table_name = 'transactions' and dimension = 'all'"
    )
    held_back = dbt("test", "--select", "assert_enough_was_accepted")
    assert held_back.returncode == 1
    assert "Got 1 result, configured to fail if != 0" in held_back.stdout
    of = SCORES + " where table_name = '{}' and dimension = '{}'"
    whole = Decimal(100)
    assert query(of.format("transaction_items", "all")) == [(None, whole, 1, 0)]
    assert query(of.format("transaction_items", "consistency")) == [(None, whole, 1, 0)]
    assert query(of.format("transaction_items", "validity")) == [(whole, whole, 0, 0)]
    assert query(of.format("products", "all")) == [(Decimal(0), whole, 0, 1)]
    assert query(of.format("transactions", "all")) == [(Decimal(10), Decimal(10), 0, 0)]

    monkeypatch.setenv("SHOP_PUBLISH_MIN_SCORE", "10")
    dbt_well("test", "--select", "assert_enough_was_accepted")
