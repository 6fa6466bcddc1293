"""Exports of WooCommerce, warts included."""

from decimal import Decimal
from pathlib import Path

from factories.conversions import amounts, column, convert_well
from factories.exports.files import read_made, write_export
from factories.exports.woocommerce import WOOCOMMERCE_PRODUCT, WOOCOMMERCE_ROW


def test_discount_is_that_of_its_lines_and_tax_is_not_added(tmp_path: Path) -> None:
    head = {
        "order_total": "25.20",
        "tax_total": "4.20",
        "shipping_total": "3.00",
        "shipping_tax_total": "0.50",
    }
    rows = [
        WOOCOMMERCE_ROW
        | head
        | {"item_subtotal": "10.00", "item_total": "9.00", "item_quantity": "3"},
        WOOCOMMERCE_ROW
        | head
        | {"item_subtotal": "9.00", "item_total": "9.00", "item_name": "Cup", "item_sku": ""},
    ]
    write_export(tmp_path / "in" / "orders.csv", rows)
    write_export(tmp_path / "in" / "products.csv", [WOOCOMMERCE_PRODUCT])
    made = convert_well("woocommerce", tmp_path)
    assert column(tmp_path, "transaction_items", "line_total") == ["9.00", "9.00"]
    assert [
        Decimal(share) for share in column(tmp_path, "transaction_items", "discount_percentage")
    ] == [10, 0]
    assert not made.contradictions
    assert "no goods, so in no file: shipping 3.00, tax 4.20, tips 0.00" in made.remarks
    mug = next(row for row in read_made(tmp_path / "out", "products") if row["product_id"] == "MUG")
    assert (mug["category"], mug["sub_category"]) == ("Home", "Kitchen")


def test_total_of_tax_without_that_on_shipping(tmp_path: Path) -> None:
    head = {
        "order_total": "30.00",
        "shipping_total": "5.00",
        "shipping_tax_total": "1.00",
        "tax_total": "4.00",
    }
    write_export(tmp_path / "in" / "orders.csv", [WOOCOMMERCE_ROW | head])
    assert amounts(convert_well("woocommerce", tmp_path))["written: sum of line_total"] == 20


def test_deleted_row_and_statuses(tmp_path: Path) -> None:
    whole = {
        "order_id": "1",
        "order_total": "50.00",
        "tax_total": "5.00",
    }  # 40 of goods, 20 of them deleted
    rows = [
        WOOCOMMERCE_ROW | whole,
        WOOCOMMERCE_ROW | {"order_id": "2"},
        WOOCOMMERCE_ROW | {"order_id": "3", "status": "wc-on-hold"},
    ]
    write_export(tmp_path / "in" / "orders.csv", rows)
    made = convert_well("woocommerce", tmp_path)
    assert made.contradictions == ["head and lines disagree: 1"]
    assert amounts(made)["left out: orders: on-hold"] == 20
    assert amounts(made)["written: sum of line_total"] == 20


def test_variation_takes_category_from_its_product(tmp_path: Path) -> None:
    parent = WOOCOMMERCE_PRODUCT | {
        "ID": "7",
        "Type": "variable",
        "SKU": "CUP",
        "Regular price": "",
    }
    small = WOOCOMMERCE_PRODUCT | {
        "ID": "8",
        "Type": "variation",
        "SKU": "CUP-S",
        "Name": "Cup - S",
        "Categories": "",
        "Parent": "id:7",
    }
    write_export(
        tmp_path / "in" / "orders.csv",
        [WOOCOMMERCE_ROW | {"item_sku": "CUP-S", "item_name": "Cup - S"}],
    )
    write_export(tmp_path / "in" / "products.csv", [parent, small])
    convert_well("woocommerce", tmp_path)
    (product,) = read_made(tmp_path / "out", "products")
    assert (product["product_id"], product["category"]) == ("CUP-S", "Home")
