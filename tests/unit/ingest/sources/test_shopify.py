"""What any right conversion does, on Shopify's form: orders, lines, money."""

from decimal import Decimal
from pathlib import Path

import pytest

from factories.conversions import Converted
from factories.exports.files import COST_AND_STOCK, read_made, write_export
from factories.exports.shopify import line, shopify_order
from loader.errors import LoaderError
from loader.ingest.sources.convert import convert
from loader.ingest.sources.records import Choices, Conversion


def accounts(made: Conversion) -> dict[str, tuple[int, Decimal]]:
    return {
        f"{account.side}: {account.reason}": (account.count, account.amount)
        for account in made.accounts
    }


def items(tmp_path: Path) -> list[dict[str, str]]:
    return read_made(tmp_path / "out", "transaction_items")


def totals(tmp_path: Path) -> list[str]:
    return [item["line_total"] for item in items(tmp_path)]


def test_an_order_is_one_transaction_and_a_line_one_item(
    converted: Converted, tmp_path: Path
) -> None:
    converted(
        [shopify_order(line("2", "10.00"), line("1", "5.00", "MUG", name="Mug"), Subtotal="25.00")]
    )
    (transaction,) = read_made(tmp_path / "out", "transactions")
    assert transaction["transaction_id"] == "#1001"
    assert transaction["total_amount"] == "25.00"
    assert (transaction["transaction_date"], transaction["transaction_time"]) == (
        "2024-03-05",
        "23:30:00",
    )
    assert transaction["shipping_address"] == "Flat 4, Elm Street"
    assert [item["item_id"] for item in items(tmp_path)] == ["#1001-1", "#1001-2"]
    assert totals(tmp_path) == ["20.00", "5.00"]


def test_blank_repeated_head_is_neither_zero_nor_a_new_order(
    converted: Converted, tmp_path: Path
) -> None:
    rows = shopify_order(line("1"), line("1"), Subtotal="20.00")
    rows[1] = dict(rows[1]) | {"Name": "", "Email": ""}
    made = converted([rows])
    assert made.row_counts["transactions"] == 1
    assert totals(tmp_path) == ["10.00", "10.00"]


def test_head_repeated_on_every_row_counts_once(converted: Converted) -> None:
    (first, second) = shopify_order(line("1"), line("1"), Subtotal="20.00")
    made = converted([[first, dict(first) | dict(line("1")), *[]]])
    assert second["Subtotal"] == ""
    assert accounts(made)["delivered: goods of all orders"] == (1, Decimal(20))


@pytest.mark.parametrize(
    ("head", "discounts", "expected"),
    [
        ({"Subtotal": "25.00", "Discount Amount": "5.00"}, ("0.00", "0.00"), ["16.67", "8.33"]),
        (
            {"Subtotal": "25.00", "Discount Amount": "5.00", "Shipping": "3.00"},
            ("5.00", "0.00"),
            ["15.00", "10.00"],
        ),
        ({"Subtotal": "23.00", "Discount Amount": "7.00"}, ("5.00", "0.00"), ["13.80", "9.20"]),
        ({"Subtotal": "20.00", "Discount Amount": "5.00"}, ("5.00", "0.00"), ["12.00", "8.00"]),
        (
            {"Subtotal": "30.00", "Discount Amount": "2.00", "Shipping": "4.00"},
            ("0.00", "0.00"),
            ["20.00", "10.00"],
        ),
        (
            {"Subtotal": "25.00", "Discount Amount": "9.00", "Shipping": "4.00"},
            ("0.00", "0.00"),
            ["16.67", "8.33"],
        ),
    ],
    ids=[
        "spread",
        "of a line, in the head's",
        "of both",
        "of both, apart",
        "of shipping",
        "of goods and shipping",
    ],
)
def test_discounts_are_taken_once_and_agree_with_the_subtotal(
    converted: Converted,
    tmp_path: Path,
    head: dict[str, str],
    discounts: tuple[str, str],
    expected: list[str],
) -> None:
    rows = shopify_order(line("2", discount=discounts[0]), line("1", discount=discounts[1]), **head)
    made = converted([rows])
    assert totals(tmp_path) == expected
    assert made.difference == 0
    for item in items(tmp_path):
        price, share = Decimal(item["unit_price"]), Decimal(item["discount_percentage"])
        exact = int(item["quantity"]) * price * (1 - share / 100)
        assert abs(Decimal(item["line_total"]) - exact) < Decimal("0.01")


def test_spread_discount_adds_up_to_the_cent_over_many_lines(
    converted: Converted, tmp_path: Path
) -> None:
    many = [line("1", "3.33", f"S{number}", name=f"Thing {number}") for number in range(7)]
    converted([shopify_order(*many, Subtotal="13.31", **{"Discount Amount": "10.00"})])
    assert sum(map(Decimal, totals(tmp_path))) == Decimal("13.31")


def test_shipping_tips_and_tax_are_no_items(converted: Converted, tmp_path: Path) -> None:
    tip = line("1", "3.00", "", name="Tip")
    made = converted(
        [
            shopify_order(
                line(), tip, Subtotal="20.00", Shipping="5.00", Taxes="4.00", Total="32.00"
            ),
            shopify_order(line(), tip, Name="#1002", Subtotal="23.00", Taxes="4.00"),
        ]
    )
    assert totals(tmp_path) == ["20.00", "20.00"]
    assert "no goods, so in no file: shipping 5.00, tax 8.00, tips 6.00" in made.remarks


def test_tax_within_prices_is_not_added_and_said(converted: Converted, tmp_path: Path) -> None:
    made = converted([shopify_order(line(), Taxes="3.19", Shipping="5.00", Total="25.00")])
    assert totals(tmp_path) == ["20.00"]
    assert "prices include tax in 1 order, and so do sales" in made.remarks


def test_orders_that_are_no_sales_are_left_out_by_status_with_their_amounts(
    converted: Converted,
) -> None:
    made = converted(
        [
            shopify_order(line("1"), Subtotal="10.00"),
            shopify_order(line("2"), Name="#2", **{"Financial Status": "pending"}),
            shopify_order(line("3"), Name="#3", Subtotal="30.00", **{"Financial Status": "voided"}),
            shopify_order(
                line("4"),
                Name="#4",
                Subtotal="40.00",
                **{"Cancelled at": "2024-03-06 10:00:00 -0500"},
            ),
        ]
    )
    found = accounts(made)
    assert found["delivered: goods of all orders"] == (4, Decimal(100))
    assert found["left out: orders: pending"] == (1, Decimal(20))
    assert found["left out: orders: voided"] == (1, Decimal(30))
    assert found["left out: orders: cancelled"] == (1, Decimal(40))
    assert found["written: sum of line_total"] == (1, Decimal(10))
    assert made.difference == 0


def test_status_is_taken_on_request(converted: Converted) -> None:
    made = converted([shopify_order(line(), **{"Financial Status": "pending"})], taken=("Pending",))
    assert made.row_counts["transactions"] == 1


def test_refund_known_by_the_order_alone_is_put_on_no_line(
    converted: Converted, tmp_path: Path
) -> None:
    made = converted(
        [
            shopify_order(
                line(), **{"Refunded Amount": "7.00", "Financial Status": "partially_refunded"}
            )
        ]
    )
    assert totals(tmp_path) == ["20.00"]
    assert any(remark.startswith("refunds of 1 order, 7.00") for remark in made.remarks)


def test_two_currencies_are_never_added(converted: Converted, tmp_path: Path) -> None:
    orders = [
        shopify_order(line()),
        shopify_order(line("5"), Name="#2", Currency="USD", Subtotal="50.00"),
    ]
    with pytest.raises(LoaderError, match=r"EUR: 1 order, 20\.00; USD: 1 order, 50\.00|--currency"):
        converted(orders)
    made = converted(orders, currency="USD")
    assert totals(tmp_path) == ["50.00"]
    assert accounts(made)["delivered: goods of all orders"] == (1, Decimal(50))
    assert "currency EUR: 1 order of 20.00 left out" in made.remarks


@pytest.mark.parametrize("gone", [0, 1, 2], ids=["head", "line in the middle", "last line"])
def test_deleted_row_is_found_and_its_order_left_out(converted: Converted, gone: int) -> None:
    rows = shopify_order(line("1"), line("2"), line("4"), Name="#7", Subtotal="70.00")
    made = converted([shopify_order(), rows[:gone] + rows[gone + 1 :]])
    assert made.row_counts["transactions"] == 1
    assert made.difference == 0
    (said,) = made.contradictions
    assert "#7" in said


def test_lines_that_are_no_sales_are_left_out_and_said(
    converted: Converted, tmp_path: Path
) -> None:
    made = converted([shopify_order(line("2"), line("1", "0.00", "GIFT", name="Gift"))])
    assert totals(tmp_path) == ["20.00"]
    assert accounts(made)["left out: lines with a price that is not above 0"] == (1, Decimal(0))


def test_status_that_no_order_has_is_refused_and_those_there_are_named(
    converted: Converted,
) -> None:
    with pytest.raises(
        LoaderError, match="--take refundd: no order has this status; they have paid"
    ):
        converted([shopify_order(line())], taken=("refundd",))


def test_order_in_two_exports_is_taken_from_the_last(tmp_path: Path) -> None:
    write_export(tmp_path / "in" / "orders_1.csv", shopify_order(line("1"), Subtotal="10.00"))
    write_export(tmp_path / "in" / "orders_2.csv", shopify_order(line("2")))
    made = convert("shopify", tmp_path / "in", Choices(values=COST_AND_STOCK), tmp_path / "out")
    assert totals(tmp_path) == ["20.00"]
    assert "orders in several files are taken from the last: 1 row left out" in made.remarks


def test_same_file_twice_is_read_once(tmp_path: Path) -> None:
    for name in ("orders.csv", "orders (1).csv"):
        write_export(tmp_path / "in" / name, shopify_order())
    made = convert("shopify", tmp_path / "in", Choices(values=COST_AND_STOCK), None)
    assert len(made.files) == 1
    assert "byte for byte" in made.unread[0]
