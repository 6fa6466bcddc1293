"""A shop's second and third day: history, cost, quarantine, what is derived, what moves."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import psycopg2
import pytest

from factories.days import (
    TO_MART,
    a_customer,
    a_product,
    a_transaction,
    an_item,
    constraints,
    dbt,
    everything,
    quarantine,
    query,
    run,
    run_well,
    write_batch,
)
from loader.database.fetch import Row


@contextmanager
def polled_mart() -> Iterator[set[Row]]:
    """Read the mart again and again while something else works; yield the totals seen."""
    seen: set[Row] = set()
    finished = threading.Event()
    failures: list[Exception] = []

    def poll() -> None:
        try:
            while not finished.wait(0.005):
                seen.update(
                    query(
                        "select (select sum(revenue_amount) from mart.fct_sales), "
                        "(select sum(total_revenue) from mart.agg_daily_sales), "
                        "(select sum(total_spent) from mart.agg_customer_metrics), "
                        "(select sum(total_revenue) from mart.rpt_monthly_trend)"
                    )
                )
        except psycopg2.Error as error:
            failures.append(error)

    reader = threading.Thread(target=poll)
    reader.start()
    try:
        yield seen
    finally:
        finished.set()
        reader.join()
    assert not failures


@pytest.mark.usefixtures("first_day")
def test_history_cost_and_quarantine_over_three_days(second_day: Path, third_day: Path) -> None:
    declared = constraints()
    with polled_mart() as totals_seen:
        run_well("2025-03-02", second_day)
    # 400 after the first day, 800 after the second: nothing else was ever to be seen
    assert totals_seen <= {(Decimal(400),) * 4, (Decimal(800),) * 4}
    assert (Decimal(800),) * 4 in totals_seen

    assert query(
        "select city, valid_from::text, valid_to::text, is_current from mart.dim_customers "
        "where customer_id = 'CUST0001' order by valid_from"
    ) == [
        ("Pune", "1900-01-01", "2025-03-02", False),
        ("Delhi", "2025-03-02", "9999-12-31", True),
    ]
    assert query(
        "select item_id, cost_amount, city from mart.fct_sales "
        "inner join mart.dim_customers using (customer_key) order by item_id"
    ) == [
        ("ITEM00001", Decimal("120.00"), "Pune"),
        ("ITEM00002", Decimal("120.00"), "Pune"),
        ("ITEM00003", Decimal("140.00"), "Delhi"),
        ("ITEM00004", Decimal("120.00"), "Pune"),
    ]
    assert quarantine() == [
        ("customers", 4, ["unique:email"], "open", None),
        ("transaction_items", 4, ["orphan:transaction_id"], "open", None),
        ("transaction_items", 5, ["range:quantity"], "open", None),
    ]

    run_well("2025-03-03", third_day, *TO_MART)
    assert quarantine() == [
        ("customers", 4, ["unique:email"], "open", None),
        ("transaction_items", 4, ["orphan:transaction_id"], "resolved", "2025-03-03"),
        ("transaction_items", 5, ["range:quantity"], "open", None),
    ]
    assert query("select sum(revenue_amount) from mart.fct_sales") == [(Decimal(1000),)]
    assert query(
        "select transaction_count, total_revenue from mart.agg_daily_sales "
        "where full_date = '2025-03-02'"
    ) == [(2, Decimal(400))]

    before = everything()
    run_well("2025-03-03", third_day, *TO_MART)
    assert everything() == before
    assert constraints() == declared

    refused = run("2025-03-02", second_day)
    assert refused.returncode == 1
    assert "2025-03-03" in refused.stderr
    assert everything() == before


@pytest.mark.usefixtures("first_day")
def test_new_tables_have_statistics_and_their_rows_are_on_record() -> None:
    """What reads a table on the very first day is planned by its statistics."""
    without_statistics = """
        select relnamespace::regnamespace || '.' || relname from pg_class
        where relnamespace in ('production'::regnamespace, 'mart_build'::regnamespace)
        and relkind = 'r' and reltuples > 0
        and not exists (
            select 1 from pg_stats
            where schemaname = relnamespace::regnamespace::text and tablename = relname
        )
    """
    without_count = """
        select unique_id from ops.node_results
        where unique_id ~ '[.](stg|dim|rpt)_' and resource_type = 'model' and row_count is null
    """
    assert query(without_statistics) == []
    assert query(without_count) == []


@pytest.mark.usefixtures("first_day")
def test_production_derives() -> None:
    assert products() == [
        ("PROD0001", Decimal("40.00"), "Premium", "2025-03-01", "2025-03-01"),
        ("PROD0002", Decimal("60.00"), "Budget", "2025-03-01", "2025-03-01"),
    ]


@pytest.mark.usefixtures("two_days")
def test_production_writes_only_what_changed() -> None:
    assert products() == [
        ("PROD0001", Decimal("30.00"), "Premium", "2025-03-01", "2025-03-02"),
        ("PROD0002", Decimal("60.00"), "Budget", "2025-03-01", "2025-03-01"),
    ]
    assert query(
        "select payment_method_name, payment_type from production.payment_methods "
        "where not is_expected"
    ) == [("Barter", "Online")]
    assert query("select code, row_key from ops.row_warnings where code like 'unknown%'") == [
        ("unknown:payment_method", "TXN00003")
    ]


def products() -> list[Row]:
    return query(
        "select product_id, margin_pct, price_tier, created_at::date::text, updated_at::date::text "
        "from production.products order by product_id"
    )


@pytest.mark.usefixtures("first_day")
def test_item_that_moves_leaves_its_old_day(tmp_path: Path) -> None:
    moved = write_batch(tmp_path / "moved", transactions=[a_transaction(2, "2025-02-28")])

    run_well("2025-03-02", moved, *TO_MART)

    assert query(
        "select full_date::text, transaction_count from mart.agg_daily_sales order by 1"
    ) == [("2025-02-01", 1), ("2025-02-28", 1)]


@pytest.mark.usefixtures("first_day")
def test_monstrous_values_are_quarantined_or_carried_and_never_stop_a_run(tmp_path: Path) -> None:
    huge = "9999999999.99"
    day = write_batch(
        tmp_path / "monsters",
        customers=[a_customer(7, first_name=" vZoë ", city="Kyiv ")],
        products=[
            a_product(3, price="9999999999.99995"),
            a_product(4, price="1." + "0" * 20000),
            a_product(5, price=huge, cost="9999999999.98"),
        ],
        transactions=[a_transaction(6, "2025-03-02", customer_id="CUST0007")],
        transaction_items=[
            an_item(11, 6, discount_percentage="999.99995"),
            an_item(
                12,
                6,
                quantity="999999999",
                unit_price=huge,
                discount_percentage="100",
                line_total="0",
                product_id="PROD0005",
            ),
            an_item(13, 6, quantity="90", unit_price=huge, line_total="899999999999.10"),
            an_item(14, 6, quantity="90", unit_price=huge, line_total="899999999999.10"),
            an_item(
                15, 6, quantity="1", unit_price="0.01", line_total="0.01", product_id="PROD0005"
            ),
        ],
    )

    run_well("2025-03-02", day)

    assert query(
        "select 'product', line_number, reasons from quarantine.rejected_products union all "
        "select 'item', line_number, reasons from quarantine.rejected_transaction_items "
        "order by 1, 2"
    ) == [
        ("item", 2, ["type:discount_percentage"]),
        ("product", 2, ["type:price"]),
        ("product", 3, ["type:price"]),
    ]
    assert query(
        "select full_name, city from mart.dim_customers where customer_id = 'CUST0007'"
    ) == [("vZoë Rao", "Kyiv")]
    assert query("select sum(revenue_amount) from mart.fct_sales") == [
        (Decimal("1799999999998.21") + 400,)
    ]


@pytest.mark.proof
@pytest.mark.usefixtures("first_day")
def test_warning_goes_when_the_twin_of_a_double_order_is_corrected(tmp_path: Path) -> None:
    twins = [a_transaction(7, "2025-03-02"), a_transaction(8, "2025-03-02")]
    items = [an_item(21, 7), an_item(22, 8)]
    two = write_batch(tmp_path / "two", transactions=twins, transaction_items=items)
    run_well("2025-03-02", two, *TO_MART)
    assert warnings() == [
        ("double_order:transaction_id", "TXN00007"),
        ("double_order:transaction_id", "TXN00008"),
    ]

    corrected = a_transaction(8, "2025-03-02", total_amount="100.00")
    run_well("2025-03-03", write_batch(tmp_path / "one", transactions=[corrected]), *TO_MART)
    assert warnings() == [("total:total_amount", "TXN00008")]


def warnings() -> list[Row]:
    return query("select code, row_key from ops.row_warnings order by 1, 2")


@pytest.mark.usefixtures("first_day")
@pytest.mark.parametrize("command", ["build", "run", "snapshot"])
def test_build_without_rows_is_refused_by_name_and_changes_nothing(command: str) -> None:
    before = everything()
    refused = dbt(command, "--empty")
    assert refused.returncode != 0
    assert "--empty is not for this project" in refused.stdout
    assert everything() == before
