"""What any right conversion does, on Shopify's form: orders, lines, money, customers, products."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from factories.exports import (
    SHOPIFY_PRODUCT,
    ExportRow,
    line,
    read_made,
    shopify_order,
    write_export,
)
from loader.errors import LoaderError
from loader.ingest.sources.convert import convert
from loader.ingest.sources.records import Choices, Conversion
from loader.ingest.sources.report import lines

COST_AND_STOCK = {"products.cost": "60%", "products.stock_quantity": "0"}

Converted = Callable[..., Conversion]


@pytest.fixture
def converted(tmp_path: Path) -> Converted:
    """Return a function that converts rows of Shopify orders, and products where there are any."""

    def run(
        orders: list[list[ExportRow]], products: list[ExportRow] | None = None, **choices: object
    ) -> Conversion:
        write_export(tmp_path / "in" / "orders.csv", [row for order in orders for row in order])
        if products:
            write_export(tmp_path / "in" / "products.csv", products)
        chosen = Choices(values=COST_AND_STOCK, **choices)  # type: ignore[arg-type]
        return convert("shopify", tmp_path / "in", chosen, tmp_path / "out")

    return run


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


def test_customer_is_an_email_whatever_its_case_else_a_phone(
    converted: Converted, tmp_path: Path
) -> None:
    def order(number: int, email: str, phone: str) -> list[ExportRow]:
        return shopify_order(line(), Name=f"#{number}", Email=email, **{"Billing Phone": phone})

    converted(
        [
            order(1, "Ann@Example.com", ""),
            order(2, "ann@example.com", "+32 470 12 34 56"),
            order(3, "", "+32 470 12 34 56"),
            order(4, "", "0032470123456"),
            order(5, "", ""),
            order(6, "", ""),
        ]
    )
    buyers = {
        row["transaction_id"]: row["customer_id"]
        for row in read_made(tmp_path / "out", "transactions")
    }
    assert buyers["#1"] == buyers["#2"]
    assert buyers["#3"] == buyers["#4"] != buyers["#1"]
    assert buyers["#5"] != buyers["#6"], "guests are not one customer"
    customers = {row["customer_id"]: row for row in read_made(tmp_path / "out", "customers")}
    assert len(customers) == 4
    assert customers[buyers["#1"]]["email"] == "ann@example.com"
    assert customers[buyers["#1"]]["last_name"] == "van Lee"
    assert customers[buyers["#5"]]["email"].endswith("@no-email.invalid")
    assert all("@" not in customer for customer in customers), (
        "no address in an id, which reaches mart"
    )


def test_sku_is_the_key_where_it_means_one_thing_else_the_name(
    converted: Converted, tmp_path: Path
) -> None:
    converted(
        [
            shopify_order(
                line("1", "1.00", "A", name="Apple"),
                line("1", "2.00", "", name="Pear"),
                line("1", "3.00", "", name="pear"),
                line("1", "4.00", "X", name="Lamp"),
                line("1", "5.00", "X", name="Vase"),
                Subtotal="15.00",
            )
        ]
    )
    ids = [item["product_id"] for item in items(tmp_path)]
    assert ids[0] == "A"
    assert ids[1] == ids[2] != "", "the name, whatever its case"
    assert ids[3] != ids[4], "a SKU of two things is no key"
    assert {"A", *ids} == {row["product_id"] for row in read_made(tmp_path / "out", "products")}


def test_renamed_product_stays_one_where_the_catalogue_has_its_sku(
    converted: Converted, tmp_path: Path
) -> None:
    converted(
        [shopify_order(line("1", name="Old tee"), line("1", name="Tee - S"), Subtotal="20.00")],
        [SHOPIFY_PRODUCT],
    )
    assert {item["product_id"] for item in items(tmp_path)} == {"TEE-S"}
    (product,) = read_made(tmp_path / "out", "products")
    assert (product["product_name"], product["category"]) == ("Tee - S", "Shirts")
    assert (Decimal(product["cost"]), product["stock_quantity"]) == (Decimal(4), "7")


def test_line_without_a_sku_is_of_the_product_in_the_catalogue_with_its_name(
    converted: Converted, tmp_path: Path
) -> None:
    converted([shopify_order(line(sku=""))], [SHOPIFY_PRODUCT])
    assert [item["product_id"] for item in items(tmp_path)] == ["TEE-S"]


def test_variant_takes_title_and_vendor_from_its_products_first_row(
    converted: Converted, tmp_path: Path
) -> None:
    second = {
        "Handle": "tee",
        "Option1 Value": "M",
        "Variant SKU": "TEE-M",
        "Variant Price": "11.00",
    }
    image = {"Handle": "tee", "Image Src": "tee.jpg"}
    blank = dict.fromkeys(SHOPIFY_PRODUCT, "")
    converted([shopify_order()], [SHOPIFY_PRODUCT, blank | second, blank | image])
    names = {row["product_id"]: row for row in read_made(tmp_path / "out", "products")}
    assert set(names) == {"TEE-S", "TEE-M"}
    assert names["TEE-M"]["product_name"] == "Tee - M"
    assert names["TEE-M"]["category"] == "Shirts"


def test_same_product_twice_in_an_order_stays_two_lines(
    converted: Converted, tmp_path: Path
) -> None:
    converted([shopify_order(line("1"), line("1"), Subtotal="20.00")])
    assert [item["product_id"] for item in items(tmp_path)] == ["TEE-S", "TEE-S"]


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


def test_missing_cost_is_said_by_its_name_and_nothing_is_written(tmp_path: Path) -> None:
    write_export(tmp_path / "in" / "orders.csv", shopify_order())
    made = convert("shopify", tmp_path / "in", Choices(), tmp_path / "out")
    assert [refusal.split()[0] for refusal in made.refusals] == [
        "products.cost",
        "products.stock_quantity",
    ]
    assert not (tmp_path / "out").exists()


def test_chosen_cost_is_said(converted: Converted, tmp_path: Path) -> None:
    made = converted([shopify_order()])
    (product,) = read_made(tmp_path / "out", "products")
    assert Decimal(product["cost"]) == Decimal(6)
    assert any("products.cost" in said and "60%" in said for said in lines(made))


def test_cost_missing_of_some_products_is_said_with_their_sales(tmp_path: Path) -> None:
    mug = SHOPIFY_PRODUCT | {
        "Handle": "mug",
        "Title": "Mug",
        "Variant SKU": "MUG",
        "Cost per item": "",
    }
    write_export(
        tmp_path / "in" / "orders.csv",
        shopify_order(line(), line("1", "5.00", "MUG"), Subtotal="25.00"),
    )
    write_export(tmp_path / "in" / "products.csv", [SHOPIFY_PRODUCT, mug])
    made = convert("shopify", tmp_path / "in", Choices(), tmp_path / "out")
    assert not made.refusals
    assert any(
        "products.cost is blank in 1 of 2 rows" in remark and "sales of 5.00" in remark
        for remark in made.remarks
    )
    assert made.rejections == [
        "1 product, sales of 5.00: give what they lack by --set, or in the shop system"
    ]


def test_stock_below_nothing_is_written_as_0_and_said(converted: Converted, tmp_path: Path) -> None:
    made = converted([shopify_order(line())], [SHOPIFY_PRODUCT | {"Variant Inventory Qty": "-3"}])
    assert [row["stock_quantity"] for row in read_made(tmp_path / "out", "products")] == ["0"]
    assert "products sold beyond their stock, which is written as 0: 1" in made.remarks
    assert not made.rejections


@pytest.mark.parametrize("value", ["abc", "-5", "60 percent"])
def test_chosen_number_that_is_none_is_refused(tmp_path: Path, value: str) -> None:
    choices = Choices(values={"products.stock_quantity": value})
    with pytest.raises(LoaderError, match="write a number such as"):
        convert("shopify", tmp_path, choices, None)


def test_status_that_no_order_has_is_refused_and_those_there_are_named(
    converted: Converted,
) -> None:
    with pytest.raises(
        LoaderError, match="--take refundd: no order has this status; they have paid"
    ):
        converted([shopify_order(line())], taken=("refundd",))


def test_text_that_the_run_would_reject_as_too_long_is_said(converted: Converted) -> None:
    made = converted([shopify_order(line(name="x" * 201))])
    assert any(
        "product_name is longer than 200 characters in 1 row" in remark for remark in made.remarks
    )


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
