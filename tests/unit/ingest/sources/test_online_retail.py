"""UCI's data set Online Retail, warts included."""

from decimal import Decimal
from pathlib import Path

from factories.conversions import amounts, column, convert_well
from factories.exports.files import write_export
from factories.exports.online_retail import RETAIL_LINE


def test_returns_fees_and_gifts_are_left_out_with_their_sums(tmp_path: Path) -> None:
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
    found = amounts(convert_well("online_retail", tmp_path))
    assert found["left out: lines of no product: POST"] == 18
    assert found["left out: orders: credit note"] == Decimal("-2.55")
    assert found["left out: orders: adjustment"] == Decimal("-11062.06")
    assert found["written: sum of line_total"] == Decimal("30.60")
    assert column(tmp_path, "transactions", "customer_id") == ["17850"]
    assert column(tmp_path, "transactions", "transaction_date") == ["2010-12-13"]


def test_guests_are_one_customer_an_invoice(tmp_path: Path) -> None:
    guest = RETAIL_LINE | {"CustomerID": ""}
    write_export(tmp_path / "in" / "retail.csv", [guest, guest | {"InvoiceNo": "536366"}])
    convert_well("online_retail", tmp_path)
    assert column(tmp_path, "customers", "customer_id") == ["guest-536365", "guest-536366"]


def test_stock_code_is_one_product_under_its_usual_name(tmp_path: Path) -> None:
    rows = [RETAIL_LINE, RETAIL_LINE, RETAIL_LINE | {"Description": "wrongly coded"}]
    write_export(tmp_path / "in" / "retail.csv", rows)
    convert_well("online_retail", tmp_path)
    assert column(tmp_path, "products", "product_name") == ["WHITE HANGING HEART"]


def test_fractions_of_cents_are_rounded_and_accounted_for(tmp_path: Path) -> None:
    rows = [
        RETAIL_LINE | {"Quantity": "3", "UnitPrice": "0.335", "InvoiceNo": str(number)}
        for number in range(5)
    ]
    write_export(tmp_path / "in" / "retail.csv", rows)
    found = amounts(convert_well("online_retail", tmp_path))
    assert found["delivered: goods of all orders"] == Decimal("5.025")
    assert found["written: sum of line_total"] == Decimal("5.05")
    assert found["rounded: to cents"] == Decimal("-0.025")
