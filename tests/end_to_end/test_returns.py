"""Returns: late and corrected ones, those that wait, and a shop that has none."""

from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from factories.days import (
    TO_MART,
    Rows,
    a_customer,
    a_product,
    a_return,
    a_transaction,
    an_item,
    connect,
    dbt_well,
    everything,
    loader,
    query,
    run_well,
    write_batch,
)
from loader.config.settings import Settings
from loader.database.fetch import Row
from loader.monitoring.report import collect, lines
from loader.pipeline.replay import replay
from loader.pipeline.revert import revert_batch

DAYS: dict[str, dict[str, Rows]] = {
    # one on the day of its sale, one of an item that comes later, and one unit too many
    "2025-03-02": {
        "returns": [
            a_return(1, 2, "2025-03-01"),
            a_return(2, 3, "2025-03-02"),
            a_return(3, 1, "2025-03-02", quantity="3", refund_amount="200.00"),
        ]
    },
    # the item comes; a correction of a date; the sum of an item's refunds is too much
    "2025-03-03": {
        "transactions": [a_transaction(3, "2025-03-02")],
        "transaction_items": [an_item(3, 3)],
        "returns": [
            a_return(1, 2, "2025-03-03", refund_amount="90.00"),
            a_return(4, 2, "2025-03-03", refund_amount="110.02"),
        ],
    },
    # late: of a sale of the month before, on a day without sales
    "2025-03-04": {"returns": [a_return(5, 1, "2025-02-20", refund_amount="0.00", reason="")]},
    # the product changes, and nothing comes back
    "2025-03-05": {"products": [a_product(1, cost="70.00")]},
    # corrected: what was too much, and a return that moves to another item
    "2025-03-06": {
        "returns": [
            a_return(3, 1, "2025-03-02", refund_amount="199.99"),
            a_return(2, 2, "2025-03-02", refund_amount="10.00"),
        ]
    },
}


def deliver(folder: Path) -> None:
    for day, tables in DAYS.items():
        run_well(day, write_batch(folder / day, **tables), *TO_MART)


def by_day() -> list[Row]:
    return query(
        "select full_date::text, transaction_count, units_returned, total_returns, net_sales, "
        "return_rate_pct, profit_after_returns from mart.agg_daily_sales order by 1"
    )


@pytest.mark.usefixtures("first_day")
def test_returns_are_dated_on_their_day_and_wait_where_they_must(tmp_path: Path) -> None:
    deliver(tmp_path)
    assert query(
        "select batch_date::text, line_number, reasons, status, closed_on::text "
        "from quarantine.rejected_returns order by 1, 2"
    ) == [
        ("2025-03-02", 3, ["orphan:item_id"], "resolved", "2025-03-03"),
        ("2025-03-02", 4, ["superseded:return_id"], "superseded", "2025-03-06"),
        ("2025-03-03", 3, ["total:refund_amount"], "open", None),
    ]
    assert by_day() == [
        ("2025-02-01", 1, 0, 0, 200, 0, 80),
        ("2025-02-20", 0, 1, 0, 0, None, 60),
        ("2025-03-01", 1, 0, 0, 200, 0, 80),
        ("2025-03-02", 1, 2, Decimal("209.99"), Decimal("-9.99"), 100, Decimal("-9.99")),
        ("2025-03-03", 0, 1, 90, -90, None, -30),
    ]
    assert query(
        "select customer_id, total_spent, units_returned, net_sales, first_purchase_date::text "
        "from mart.agg_customer_metrics"
    ) == [("CUST0001", 600, 4, Decimal("300.01"), "2025-02-01")]
    assert query(
        "select year_month, total_gross, total_discount, total_returns, net_sales "
        "from mart.rpt_monthly_trend order by 1"
    ) == [
        ("2025-02", 200, 0, 0, 200),
        ("2025-03", 400, 0, Decimal("299.99"), Decimal("100.01")),
    ]
    assert query(
        "select category, units_sold, units_returned, return_rate_pct, profit_after_returns "
        "from mart.rpt_category_performance"
    ) == [("Electronics", 6, 4, Decimal("66.67"), Decimal("180.01"))]
    assert query("select * from mart.rpt_return_reasons order by reason") == [
        ("Electronics", "Not said", 1, 1, 0),
        ("Electronics", "Too small", 3, 3, Decimal("299.99")),
    ]
    assert query("select count(*) from mart.rpt_daily_revenue") == [(3,)]


@pytest.mark.proof
@pytest.mark.usefixtures("first_day")
def test_returns_are_the_same_however_often_a_day_runs_and_by_a_replay(
    tmp_path: Path, settings: Settings
) -> None:
    deliver(tmp_path)
    before = everything()
    day = max(DAYS)
    run_well(day, tmp_path / day, *TO_MART)
    assert everything() == before

    dbt_well("build", "--full-refresh")
    assert everything() == before

    kept = write_batch(tmp_path / "next", returns=[a_return(6, 1, "2025-03-07")])
    run_well("2025-03-07", kept, *TO_MART)
    assert query("select status from quarantine.rejected_returns order by batch_date desc limit 1")
    revert_batch(settings, lambda _: None)  # and all the others are replayed
    assert everything() == before
    assert len(replay(settings)) == len(DAYS) + 1


@pytest.mark.usefixtures("first_day")
def test_shop_without_returns_has_its_figures_and_no_record_of_them(tmp_path: Path) -> None:
    tables = query("select distinct table_name from ops.loads")
    assert ("returns",) not in tables
    assert query("select count(*) from ops.batch_counts where table_name = 'returns'") == [(0,)]
    assert query("select count(*) from mart.rpt_batch_quality") == [(4,)]
    before = everything()
    run_well("2025-03-01", write_batch(tmp_path / "again"), *TO_MART)
    without = {**everything(), "mart.rpt_batch_quality": before["mart.rpt_batch_quality"]}
    assert without == before
    assert query("select count(*) from mart.fct_returns") == [(0,)]
    assert query(
        "select sum(units_returned), sum(total_returns), sum(net_sales - total_revenue), "
        "sum(profit_after_returns - total_profit) from mart.agg_daily_sales"
    ) == [(0, 0, 0, 0)]


@pytest.mark.proof
@pytest.mark.usefixtures("first_day")
def test_day_run_again_without_its_returns_has_no_score_of_them(tmp_path: Path) -> None:
    scored = [
        "select distinct table_name from ops.batch_counts where batch_date = '2025-03-02'",
        "select distinct table_name from ops.quality_counts where batch_date = '2025-03-02'",
        "select distinct table_name from ops.quality_scores where batch_date = '2025-03-02'",
        "select distinct table_name from mart.rpt_batch_quality where batch_date = '2025-03-02'",
    ]
    tables: dict[str, Rows] = {"transactions": [a_transaction(3, "2025-03-02")]}
    with_returns = write_batch(tmp_path / "a", **tables, returns=[a_return(1, 2, "2025-03-01")])
    run_well("2025-03-02", with_returns, *TO_MART)
    assert [("returns",) in query(statement) for statement in scored] == [True] * 4
    run_well("2025-03-02", write_batch(tmp_path / "b", **tables), *TO_MART)
    assert [("returns",) in query(statement) for statement in scored] == [False] * 4
    assert query("select count(*) from production.returns") == [(1,)]


@pytest.mark.proof
@pytest.mark.usefixtures("first_day")
def test_sale_that_is_corrected_after_its_return_is_named_by_its_line(tmp_path: Path) -> None:
    returns = [
        a_return(1, 1, "2025-03-02", quantity="2", refund_amount="200.00"),
        a_return(2, 2, "2025-03-01"),
    ]
    run_well("2025-03-02", write_batch(tmp_path / "returned", returns=returns), *TO_MART)
    assert warnings_of("2025-03-02") == []
    corrected = write_batch(
        tmp_path / "corrected",
        transactions=[a_transaction(3, "2025-03-02"), a_transaction(2, "2025-03-03")],
        transaction_items=[an_item(3, 3), an_item(1, 1, quantity="1", line_total="100.00")],
    )
    run_well("2025-03-03", corrected, *TO_MART)
    assert warnings_of("2025-03-03") == [
        "  warning      transaction_items: corrected_after_return: 1 (line 3)",
        "  warning      transactions: corrected_after_return: 1 (line 4)",  # an address has two
        "  warning      transactions: total:total_amount: 1",  # of a line of an earlier batch
    ]
    run_well("2025-03-04", write_batch(tmp_path / "next"), *TO_MART)
    assert warnings_of("2025-03-04") == []
    # which lines an earlier batch had is not known any more
    assert warnings_of("2025-03-03") == ["  warning      transactions: total:total_amount: 1"]


@pytest.mark.usefixtures("first_day")
def test_run_takes_the_returns_that_were_negative_lines(tmp_path: Path) -> None:
    write_batch(
        tmp_path / "export",
        customers=[a_customer(1)],
        products=[a_product(1)],
        transactions=[
            a_transaction(3, "2025-03-01"),
            a_transaction(4, "2025-03-02", total_amount="-100.00"),
        ],
        transaction_items=[an_item(3, 3), an_item(4, 4, quantity="-1", line_total="-100.00")],
    )
    options = ("--from", "columns", "--negative-lines-are-returns", "--to", tmp_path / "made")
    done = loader("convert", tmp_path / "export", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    run_well("2025-03-02", tmp_path / "made", *TO_MART)
    assert query("select return_id, item_id, quantity, refund_amount from production.returns") == [
        ("ITEM00004", "ITEM00003", 1, 100)
    ]
    assert query("select net_sales from mart.agg_daily_sales where date_key = 20250302") == [
        (-100,)
    ]
    assert query("select count(*) from quarantine.rejected_transaction_items") == [(0,)]


def warnings_of(day: str) -> list[str]:
    with closing(connect()) as connection, connection.cursor() as cursor:
        said = lines(collect(cursor, date.fromisoformat(day)))
        return [line for line in said if line.startswith("  warning ")]
