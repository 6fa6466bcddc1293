"""Builds before anything was published: however many there were, the figures are the same."""

from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from factories.days import (
    a_customer,
    a_product,
    a_transaction,
    an_item,
    connect,
    dbt,
    dbt_well,
    execute,
    query,
    run_well,
    write_batch,
)


@pytest.mark.proof
@pytest.mark.usefixtures("database", "own_dbt_target", "settings")
def test_second_build_before_the_first_publication_counts_every_sale_once(tmp_path: Path) -> None:
    batch = write_batch(
        tmp_path / "batch",
        customers=[a_customer(1)],
        products=[a_product(1), a_product(2)],
        transactions=[a_transaction(1, "2025-03-01", total_amount="600.00")],
        transaction_items=[an_item(1, 1), an_item(2, 1), an_item(3, 1, product_id="PROD0002")],
    )
    run_well("2025-03-01", batch, "load")
    first = dbt_well("build", "--exclude", "rpt_top_products")  # with the unit tests
    assert "Not published: this build left out" in first

    dbt_well("build", "--exclude-resource-type", "unit_test")

    assert query("select count(*) from ops.publications") == [(1,)]
    assert query(
        "select product_id, total_quantity, total_revenue from mart.agg_product_performance"
        " order by 1"
    ) == [("PROD0001", 4, Decimal(400)), ("PROD0002", 2, Decimal(200))]
    assert query("select transaction_count, total_spent from mart.agg_customer_metrics") == [
        (1, Decimal(600))
    ]


@pytest.mark.usefixtures("first_day")
def test_publication_of_another_shape_names_who_reads_and_gives_way() -> None:
    execute("alter table mart.dim_dates drop column iso_week")
    with closing(connect()) as reader:
        reader.cursor().execute("select count(*) from mart.dim_dates")
        process, user = reader.info.backend_pid, reader.info.user
        done = dbt("run-operation", "publish")
    assert done.returncode != 0
    assert "Not published, lock timeout: mart.dim_dates get other columns" in done.stdout
    assert f"server process {process} of user {user}" in done.stdout
    dbt_well("run-operation", "publish")
    assert query("select count(iso_week) > 0 from mart.dim_dates") == [(True,)]


@pytest.mark.usefixtures("first_day")
def test_view_on_a_column_that_gets_another_type_is_named_and_stays() -> None:
    execute(
        "alter table mart.agg_daily_sales alter column transaction_count type smallint;"
        " create view mart.of_mine as select transaction_count from mart.agg_daily_sales"
    )
    done = dbt("run-operation", "publish")
    assert done.returncode != 0
    assert "mart.of_mine reads mart.agg_daily_sales.transaction_count" in done.stdout
    assert query("select count(*) from mart.of_mine") == [(2,)]
    execute("drop view mart.of_mine")
    dbt_well("run-operation", "publish")
