"""Prices, costs and discounts keep four decimals, and rules see what was delivered."""

import csv
from pathlib import Path

import pytest

from factories.days import a_product, a_transaction, an_item, query, run_well, write_batch
from loader.config.settings import Settings

pytestmark = pytest.mark.usefixtures("first_day")

SCREW = {"product_id": "PROD0009"}


def parts_of_a_cent(folder: Path) -> Path:
    """Write a batch of lines whose totals are right only before anything is rounded."""
    return write_batch(
        folder,
        products=[a_product(9, price="0.125", cost="0.05")],
        transactions=[a_transaction(9, "2025-03-02", total_amount="33335.23")],
        transaction_items=[
            an_item(91, 9, quantity="100", unit_price="0.125", line_total="12.50", **SCREW),
            an_item(92, 9, quantity="1", unit_price="0.125", line_total="0.13", **SCREW),
            an_item(
                93,
                9,
                quantity="10",
                unit_price="300.00",
                discount_percentage="33.3333",
                line_total="2000.00",
            ),
            an_item(94, 9, quantity="10368", unit_price="3.0210", line_total="31321.73", **SCREW),
        ],
    )


def test_lines_are_right_as_delivered_and_amounts_follow_the_unrounded_price(
    tmp_path: Path, settings: Settings
) -> None:
    run_well("2025-03-02", parts_of_a_cent(tmp_path / "day"), "load", "build", "export")

    assert query("select count(*) from quarantine.rejected_transaction_items") == [(0,)]
    assert query(
        "select item_id, unit_price::text, discount_pct::text, gross_amount::text,"
        " discount_amount::text, revenue_amount::text, cost_amount::text, profit_amount::text"
        " from mart.fct_sales where transaction_id = 'TXN00009' order by 1"
    ) == [
        ("ITEM00091", "0.1250", "0.0000", "12.50", "0.00", "12.50", "5.00", "7.50"),
        ("ITEM00092", "0.1250", "0.0000", "0.13", "0.00", "0.13", "0.05", "0.08"),
        ("ITEM00093", "300.0000", "33.3333", "3000.00", "1000.00", "2000.00", "600.00", "1400.00"),
        ("ITEM00094", "3.0210", "0.0000", "31321.73", "0.00", "31321.73", "518.40", "30803.33"),
    ]
    assert query(
        "select price::text, cost::text from snapshots.products_snapshot"
        " where product_id = 'PROD0009'"
    ) == [("0.1250", "0.0500")]
    with (settings.exports_dir / "dim_products.csv").open(newline="") as file:
        (screw,) = (row for row in csv.DictReader(file) if row["product_id"] == "PROD0009")
    assert (screw["price"], screw["cost"]) == ("0.1250", "0.0500")
