"""What is said of quality is what was checked."""

import pytest
from days import query

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
    assert len(results) > 40
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
