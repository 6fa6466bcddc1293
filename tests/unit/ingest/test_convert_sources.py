"""The other sources, each on rows in its documented form, warts included."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from factories.exports import (
    COST_AND_STOCK,
    OLIST_ORDER,
    RETAIL_LINE,
    SUPERSTORE_LINE,
    WOOCOMMERCE_PRODUCT,
    WOOCOMMERCE_ROW,
    read_made,
    write_export,
    write_olist,
    write_ours,
)
from loader.contract import REQUIRED_TABLES
from loader.errors import LoaderError
from loader.ingest.sources.convert import convert
from loader.ingest.sources.records import Choices, Conversion


def converted(source: str, folder: Path, values: Mapping[str, str] = COST_AND_STOCK) -> Conversion:
    made = convert(source, folder / "in", Choices(values=values), folder / "out")
    assert not made.refusals
    assert made.difference == 0
    return made


def amounts(made: Conversion) -> dict[str, Decimal]:
    return {f"{account.side}: {account.reason}": account.amount for account in made.accounts}


def column(folder: Path, table: str, name: str) -> list[str]:
    return [row[name] for row in read_made(folder / "out", table)]


# WooCommerce --------------------------------------------------------------------------------------


def test_woocommerce_discount_is_that_of_its_lines_and_tax_is_not_added(tmp_path: Path) -> None:
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
    made = converted("woocommerce", tmp_path)
    assert column(tmp_path, "transaction_items", "line_total") == ["9.00", "9.00"]
    assert [
        Decimal(share) for share in column(tmp_path, "transaction_items", "discount_percentage")
    ] == [10, 0]
    assert not made.contradictions
    assert "no goods, so in no file: shipping 3.00, tax 4.20, tips 0.00" in made.remarks
    mug = next(row for row in read_made(tmp_path / "out", "products") if row["product_id"] == "MUG")
    assert (mug["category"], mug["sub_category"]) == ("Home", "Kitchen")


def test_woocommerce_total_of_tax_without_that_on_shipping(tmp_path: Path) -> None:
    head = {
        "order_total": "30.00",
        "shipping_total": "5.00",
        "shipping_tax_total": "1.00",
        "tax_total": "4.00",
    }
    write_export(tmp_path / "in" / "orders.csv", [WOOCOMMERCE_ROW | head])
    assert amounts(converted("woocommerce", tmp_path))["written: sum of line_total"] == 20


def test_woocommerce_deleted_row_and_statuses(tmp_path: Path) -> None:
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
    made = converted("woocommerce", tmp_path)
    assert made.contradictions == ["head and lines disagree: 1"]
    assert amounts(made)["left out: orders: on-hold"] == 20
    assert amounts(made)["written: sum of line_total"] == 20


def test_woocommerce_variation_takes_category_from_its_product(tmp_path: Path) -> None:
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
    converted("woocommerce", tmp_path)
    (product,) = read_made(tmp_path / "out", "products")
    assert (product["product_id"], product["category"]) == ("CUP-S", "Home")


# Olist --------------------------------------------------------------------------------------------


def test_olist_units_are_lines_and_a_person_one_customer(tmp_path: Path) -> None:
    second = {"order_id": "e" * 32, "customer_id": "f" * 32}
    write_olist(
        tmp_path,
        [{}, second],
        [{}, {"order_item_id": "2"}, {"order_id": "e" * 32}],
        [
            {"payment_value": "7.42", "payment_type": "voucher"},
            {"payment_value": "70.00"},
            {"order_id": "e" * 32},
        ],
    )
    made = converted("olist", tmp_path)
    assert made.row_counts == {
        "customers": 1,
        "products": 1,
        "transactions": 2,
        "transaction_items": 3,
    }
    assert set(column(tmp_path, "transactions", "payment_method")) == {"Credit Card"}
    assert column(tmp_path, "products", "category") == ["perfumery"]
    assert all(len(key) <= 20 for key in column(tmp_path, "transaction_items", "item_id"))
    assert not any("payments" in remark for remark in made.remarks)


def test_olist_deleted_unit_is_found_by_its_number_or_the_payments(tmp_path: Path) -> None:
    write_olist(
        tmp_path,
        [{}, {"order_id": "9"}],
        [{"order_item_id": "2"}, {"order_id": "9"}],
        [{}, {"order_id": "9", "payment_value": "77.42"}],
    )
    made = converted("olist", tmp_path)
    assert made.contradictions == [f"head and lines disagree: {OLIST_ORDER}"]
    assert any(
        "payments are not goods and shipping: 1, by 38.71" in remark for remark in made.remarks
    )


# Online Retail ------------------------------------------------------------------------------------


def test_online_retail_returns_fees_and_gifts_are_left_out_with_their_sums(tmp_path: Path) -> None:
    rows = [
        RETAIL_LINE,
        RETAIL_LINE,
        RETAIL_LINE
        | {"StockCode": "POST", "Description": "POSTAGE", "Quantity": "1", "UnitPrice": "18.00"},
        RETAIL_LINE | {"UnitPrice": "0.00"},
        RETAIL_LINE | {"InvoiceNo": "C536379", "Quantity": "-1"},
        RETAIL_LINE
        | {"InvoiceNo": "A563185", "StockCode": "B", "Quantity": "1", "UnitPrice": "-11062.06"},
    ]
    write_export(tmp_path / "in" / "retail.csv", rows)
    found = amounts(converted("online_retail", tmp_path))
    assert found["left out: lines of no product: POST"] == 18
    assert found["left out: orders: credit note"] == Decimal("-2.55")
    assert found["left out: orders: adjustment"] == Decimal("-11062.06")
    assert found["written: sum of line_total"] == Decimal("30.60")
    assert column(tmp_path, "transactions", "customer_id") == ["17850"]
    assert column(tmp_path, "transactions", "transaction_date") == ["2010-12-13"]


def test_online_retail_guests_are_one_customer_an_invoice(tmp_path: Path) -> None:
    guest = RETAIL_LINE | {"CustomerID": ""}
    write_export(tmp_path / "in" / "retail.csv", [guest, guest | {"InvoiceNo": "536366"}])
    converted("online_retail", tmp_path)
    assert column(tmp_path, "customers", "customer_id") == ["guest-536365", "guest-536366"]


def test_online_retail_stock_code_is_one_product_under_its_usual_name(tmp_path: Path) -> None:
    rows = [RETAIL_LINE, RETAIL_LINE, RETAIL_LINE | {"Description": "wrongly coded"}]
    write_export(tmp_path / "in" / "retail.csv", rows)
    converted("online_retail", tmp_path)
    assert column(tmp_path, "products", "product_name") == ["WHITE HANGING HEART"]


def test_online_retail_fractions_of_cents_are_rounded_and_accounted_for(tmp_path: Path) -> None:
    rows = [
        RETAIL_LINE | {"Quantity": "3", "UnitPrice": "0.335", "InvoiceNo": str(number)}
        for number in range(5)
    ]
    write_export(tmp_path / "in" / "retail.csv", rows)
    found = amounts(converted("online_retail", tmp_path))
    assert found["delivered: goods of all orders"] == Decimal("5.025")
    assert found["written: sum of line_total"] == Decimal("5.05")
    assert found["rounded: to cents"] == Decimal("-0.025")


# Superstore ---------------------------------------------------------------------------------------


def test_superstore_price_is_before_discount_and_cost_that_of_the_last_sale(tmp_path: Path) -> None:
    line = SUPERSTORE_LINE | {
        "Sales": "957.5775",
        "Quantity": "5",
        "Discount": "0.45",
        "Profit": "-383.031",
    }
    write_export(tmp_path / "in" / "superstore.csv", [line])
    made = converted("superstore", tmp_path, {"products.stock_quantity": "0"})
    (item,) = read_made(tmp_path / "out", "transaction_items")
    assert Decimal(item["unit_price"]) == Decimal("348.21")
    assert Decimal(item["discount_percentage"]) == 45
    assert item["line_total"] == "957.58"
    (product,) = read_made(tmp_path / "out", "products")
    assert Decimal(product["cost"]) == Decimal("268.1217")
    assert product["price"] == "348.2100", "four decimals, so that the run rounds nothing"
    assert "transactions.transaction_time" in {missing.column for missing in made.substitutes}


def test_superstore_id_of_two_products_is_no_key(tmp_path: Path) -> None:
    rows = [SUPERSTORE_LINE, SUPERSTORE_LINE | {"Product Name": "Lamp"}]
    write_export(tmp_path / "in" / "superstore.csv", rows)
    made = converted("superstore", tmp_path, {"products.stock_quantity": "0"})
    assert made.row_counts["products"] == 2
    assert any("SKUs that stand for several products" in remark for remark in made.remarks)


def test_superstore_order_id_of_two_customers_is_two_orders(tmp_path: Path) -> None:
    rows = [
        SUPERSTORE_LINE,
        SUPERSTORE_LINE | {"Customer ID": "DV-13045", "Customer Name": "Darrin"},
    ]
    write_export(tmp_path / "in" / "superstore.csv", rows)
    made = converted("superstore", tmp_path, {"products.stock_quantity": "0"})
    assert made.row_counts["transactions"] == 2


# Columns ------------------------------------------------------------------------------------------


def test_columns_reads_our_files_under_other_names(tmp_path: Path) -> None:
    write_ours(tmp_path)
    made = converted("columns", tmp_path, {})
    assert made.row_counts == dict.fromkeys(REQUIRED_TABLES, 1)
    (item,) = read_made(tmp_path / "out", "transaction_items")
    assert Decimal(item["unit_price"]) == Decimal("1000.50")
    assert column(tmp_path, "customers", "registration_date") == ["2024-01-31"]
    assert column(tmp_path, "transactions", "transaction_date") == ["2024-02-28"]


def test_columns_takes_extra_columns_renamed_or_ignored(tmp_path: Path) -> None:
    write_ours(tmp_path, customers={"Telefon": "1"})
    with pytest.raises(
        LoaderError, match=r"Telefon.*--column 'customers.COLUMN=Telefon', or --ignore-extra"
    ):
        convert("columns", tmp_path / "in", Choices(), None)
    assert not convert("columns", tmp_path / "in", Choices(is_extra_ignored=True), None).refusals
    write_ours(tmp_path)
    renamed = (
        (tmp_path / "in" / "customer-list.csv").read_text("utf-8-sig").replace("Phone", "Telefon")
    )
    (tmp_path / "in" / "customer-list.csv").write_text(renamed, "utf-8")
    made = convert("columns", tmp_path / "in", Choices(names={"customers.phone": "Telefon"}), None)
    assert "customers.phone" not in made.left_blank


def test_columns_takes_constants_for_missing_columns(tmp_path: Path) -> None:
    write_ours(tmp_path)
    path = tmp_path / "in" / "transaction-list.csv"
    path.write_text(path.read_text("utf-8-sig").replace("Payment Method", "Ship Mode"), "utf-8")
    choices = Choices(values={"transactions.payment_method": "Cash"}, is_extra_ignored=True)
    convert("columns", tmp_path / "in", choices, tmp_path / "out")
    assert column(tmp_path, "transactions", "payment_method") == ["Cash"]


def test_columns_says_totals_that_disagree_with_their_lines(tmp_path: Path) -> None:
    write_ours(tmp_path, transactions={"Total Amount": "2.011,00"})
    assert any(
        "not the sum of their lines: 1, by 10.00" in remark
        for remark in converted("columns", tmp_path, {}).remarks
    )
