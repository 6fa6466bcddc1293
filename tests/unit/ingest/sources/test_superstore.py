"""The Superstore data set, warts included."""

from decimal import Decimal
from pathlib import Path

from factories.conversions import convert_well
from factories.exports.files import read_made, write_export
from factories.exports.superstore import SUPERSTORE_LINE


def test_price_is_before_discount_and_cost_that_of_the_last_sale(tmp_path: Path) -> None:
    line = SUPERSTORE_LINE | {
        "Sales": "957.5775",
        "Quantity": "5",
        "Discount": "0.45",
        "Profit": "-383.031",
    }
    write_export(tmp_path / "in" / "superstore.csv", [line])
    made = convert_well("superstore", tmp_path, {"products.stock_quantity": "0"})
    (item,) = read_made(tmp_path / "out", "transaction_items")
    assert Decimal(item["unit_price"]) == Decimal("348.21")
    assert Decimal(item["discount_percentage"]) == 45
    assert item["line_total"] == "957.58"
    (product,) = read_made(tmp_path / "out", "products")
    assert Decimal(product["cost"]) == Decimal("268.1217")
    assert product["price"] == "348.2100", "four decimals, so that the run rounds nothing"
    assert "transactions.transaction_time" in {missing.column for missing in made.substitutes}


def test_id_of_two_products_is_no_key(tmp_path: Path) -> None:
    rows = [SUPERSTORE_LINE, SUPERSTORE_LINE | {"Product Name": "Lamp"}]
    write_export(tmp_path / "in" / "superstore.csv", rows)
    made = convert_well("superstore", tmp_path, {"products.stock_quantity": "0"})
    assert made.row_counts["products"] == 2
    assert any("SKUs that stand for several products" in remark for remark in made.remarks)


def test_order_id_of_two_customers_is_two_orders(tmp_path: Path) -> None:
    rows = [
        SUPERSTORE_LINE,
        SUPERSTORE_LINE | {"Customer ID": "DV-13045", "Customer Name": "Darrin"},
    ]
    write_export(tmp_path / "in" / "superstore.csv", rows)
    made = convert_well("superstore", tmp_path, {"products.stock_quantity": "0"})
    assert made.row_counts["transactions"] == 2
