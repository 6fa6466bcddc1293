"""The Olist data set, warts included."""

from pathlib import Path

from factories.conversions import column, convert_well
from factories.exports.olist import OLIST_ORDER, write_olist


def test_units_are_lines_and_a_person_one_customer(tmp_path: Path) -> None:
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
    made = convert_well("olist", tmp_path)
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


def test_deleted_unit_is_found_by_its_number_or_the_payments(tmp_path: Path) -> None:
    write_olist(
        tmp_path,
        [{}, {"order_id": "9"}],
        [{"order_item_id": "2"}, {"order_id": "9"}],
        [{}, {"order_id": "9", "payment_value": "77.42"}],
    )
    made = convert_well("olist", tmp_path)
    assert made.contradictions == [f"head and lines disagree: {OLIST_ORDER}"]
    assert any(
        "payments are not goods and shipping: 1, by 38.71" in remark for remark in made.remarks
    )
