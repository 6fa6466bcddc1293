"""Customers and products of a conversion, on Shopify's form: who is one, and what they lack."""

from decimal import Decimal
from pathlib import Path

import pytest

from factories.conversions import Converted
from factories.exports.files import ExportRow, read_made, write_export
from factories.exports.shopify import SHOPIFY_PRODUCT, line, shopify_order
from loader.errors import LoaderError
from loader.ingest.sources.convert import convert
from loader.ingest.sources.records import Choices
from loader.ingest.sources.report import lines


def product_ids(tmp_path: Path) -> list[str]:
    return [item["product_id"] for item in read_made(tmp_path / "out", "transaction_items")]


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
    ids = product_ids(tmp_path)
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
    assert {*product_ids(tmp_path)} == {"TEE-S"}
    (product,) = read_made(tmp_path / "out", "products")
    assert (product["product_name"], product["category"]) == ("Tee - S", "Shirts")
    assert (Decimal(product["cost"]), product["stock_quantity"]) == (Decimal(4), "7")


def test_line_without_a_sku_is_of_the_product_in_the_catalogue_with_its_name(
    converted: Converted, tmp_path: Path
) -> None:
    converted([shopify_order(line(sku=""))], [SHOPIFY_PRODUCT])
    assert product_ids(tmp_path) == ["TEE-S"]


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
    assert product_ids(tmp_path) == [
        "TEE-S",
        "TEE-S",
    ]


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


def test_text_that_the_run_would_reject_as_too_long_is_said(converted: Converted) -> None:
    made = converted([shopify_order(line(name="x" * 201))])
    assert any(
        "product_name is longer than 200 characters in 1 row" in remark for remark in made.remarks
    )
