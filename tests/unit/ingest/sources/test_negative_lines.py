"""Negative lines of our own files as returns: of the one sale that each can be of, or of none."""

from decimal import Decimal
from pathlib import Path

import pytest

from factories.days import (
    CsvRow,
    a_customer,
    a_product,
    a_return,
    a_transaction,
    an_item,
    write_batch,
)
from factories.exports.files import read_made
from loader.errors import LoaderError
from loader.ingest.sources.convert import convert
from loader.ingest.sources.records import Choices, Conversion

# Of each order: its day, its customer, and product and units of its lines, at so much each.
Order = tuple[str, int, list[tuple[int, int]]]
PRICE = 10


def deliver(tmp_path: Path, *orders: Order, prices: tuple[int, ...] = ()) -> None:
    """Write our four files with these orders; their lines are numbered through."""
    transactions: list[CsvRow] = []
    items: list[CsvRow] = []
    for number, (day, customer, lines) in enumerate(orders, start=1):
        price = prices[number - 1] if prices else PRICE
        for product, quantity in lines:
            amounts = {"unit_price": f"{price}.00", "line_total": f"{price * quantity}.00"}
            names = {"product_id": f"PROD{product:04}", "quantity": str(quantity)}
            items.append(an_item(len(items) + 1, number, **names, **amounts))
        total = f"{price * sum(quantity for _, quantity in lines)}.00"
        head = {"customer_id": f"CUST{customer:04}", "total_amount": total}
        transactions.append(a_transaction(number, day, **head))
    write_batch(
        tmp_path / "in",
        customers=[a_customer(1), a_customer(2)],
        products=[a_product(number) for number in (1, 2)],
        transactions=transactions,
        transaction_items=items,
    )


def converted(tmp_path: Path, target: Path | None = None) -> Conversion:
    choices = Choices(are_negative_lines_returns=True)
    return convert("columns", tmp_path / "in", choices, target or tmp_path / "out")


def returns(tmp_path: Path) -> list[tuple[str, ...]]:
    names = ("return_id", "item_id", "return_date", "quantity", "refund_amount")
    rows = read_made(tmp_path / "out", "returns")
    return [tuple(row[name] for name in names) for row in rows]


def test_negative_line_is_a_return_of_the_one_sale_it_can_be_of(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        ("2025-01-01", 1, [(1, 3), (2, 1)]),
        ("2025-01-02", 2, [(1, 5)]),
        ("2025-01-09", 1, [(1, -2), (2, 4)]),
    )
    made = converted(tmp_path)
    assert (made.refusals, made.rejections) == ([], [])
    assert made.row_counts["returns"] == 1
    assert returns(tmp_path) == [("ITEM00004", "ITEM00001", "2025-01-09", "2", "20.0000")]
    kept = [row["item_id"] for row in read_made(tmp_path / "out", "transaction_items")]
    assert kept == ["ITEM00001", "ITEM00002", "ITEM00003", "ITEM00005"]
    totals = [Decimal(row["total_amount"]) for row in read_made(tmp_path / "out", "transactions")]
    assert totals == [40, 50, 40]


def test_account_has_refunds_on_a_side_of_their_own(tmp_path: Path) -> None:
    deliver(tmp_path, ("2025-01-01", 1, [(1, 3)]), ("2025-01-09", 1, [(1, -1)]))
    made = converted(tmp_path)
    amounts = {f"{one.side}: {one.reason}": one.amount for one in made.accounts}
    assert amounts == {
        "delivered: sum of line_total": 20,
        "written: sum of line_total": 30,
        "written: refunds of returned lines": -10,
    }
    assert made.difference == 0


def test_order_of_returned_lines_alone_is_no_sale(tmp_path: Path) -> None:
    deliver(tmp_path, ("2025-01-01", 1, [(1, 3)]), ("2025-01-09", 1, [(1, -1)]))
    assert converted(tmp_path).row_counts["transactions"] == 1


def test_line_of_its_own_order_is_meant_before_an_earlier_one(tmp_path: Path) -> None:
    deliver(tmp_path, ("2025-01-01", 1, [(1, 3)]), ("2025-01-09", 1, [(1, 2), (1, -1)]))
    converted(tmp_path)
    assert [row[:2] for row in returns(tmp_path)] == [("ITEM00003", "ITEM00002")]


@pytest.mark.parametrize(
    ("orders", "reason"),
    [
        (
            [
                ("2025-01-01", 1, [(1, 3)]),
                ("2025-01-02", 1, [(1, 3)]),
                ("2025-01-09", 1, [(1, -1)]),
            ],
            "of which several sales may be meant: 1, -10.00",
        ),
        ([("2025-01-09", 1, [(1, -1)])], "of no sale to the customer: 1, -10.00"),
        (
            [("2025-01-09", 1, [(1, -1)]), ("2025-01-10", 1, [(1, 3)])],
            "of no sale to the customer: 1, -10.00",
        ),
        (
            [("2025-01-01", 2, [(1, 3)]), ("2025-01-09", 1, [(1, -1)])],
            "of no sale to the customer: 1, -10.00",
        ),
        (
            [("2025-01-01", 1, [(1, 1)]), ("2025-01-09", 1, [(1, -2)])],
            "of no sale to the customer: 1, -20.00",
        ),
        (
            [("2025-01-01", 1, [(1, 3)]), ("2025-01-09", 1, [(1, -2), (1, -2)])],
            "of more than was sold: 2, -40.00",
        ),
    ],
)
def test_line_that_may_be_of_none_or_several_sales_stays_and_is_listed(
    tmp_path: Path, orders: list[Order], reason: str
) -> None:
    deliver(tmp_path, *orders)
    made = converted(tmp_path)
    assert made.rejections == [f"lines with a negative quantity {reason}"]
    assert made.difference == 0
    assert "returns" not in made.row_counts
    assert not (tmp_path / "out" / "returns.csv").exists()
    quantities = [row["quantity"] for row in read_made(tmp_path / "out", "transaction_items")]
    assert any(quantity.startswith("-") for quantity in quantities)


@pytest.mark.parametrize(("units", "price"), [(-2, 4), (-1, 40)], ids=["units", "money"])
def test_sale_of_fewer_units_or_less_money_is_not_meant(
    tmp_path: Path, units: int, price: int
) -> None:
    orders: list[Order] = [("2025-01-01", 1, [(1, 1)]), ("2025-01-09", 1, [(1, units)])]
    deliver(tmp_path, *orders, prices=(PRICE, price))
    assert converted(tmp_path).rejections == [
        f"lines with a negative quantity of no sale to the customer: 1, {price * units}.00"
    ]


def test_order_whose_head_is_not_there_says_no_customer(tmp_path: Path) -> None:
    deliver(tmp_path, ("2025-01-01", 1, [(1, 3)]), ("2025-01-09", 1, [(1, -1)]))
    path = tmp_path / "in" / "transactions.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:-2]) + "\n")
    assert converted(tmp_path).rejections == [
        "lines with a negative quantity of an order that is not there, or twice: 1, -10.00"
    ]


def test_negative_line_without_a_total_is_listed_as_nothing(tmp_path: Path) -> None:
    deliver(tmp_path, ("2025-01-01", 1, [(1, 3)]), ("2025-01-09", 1, [(1, -1)]))
    path = tmp_path / "in" / "transaction_items.csv"
    path.write_text(path.read_text().replace("-10.00", ""))
    (rejection,) = converted(tmp_path).rejections
    assert rejection.endswith("of no sale to the customer: 1, 0.00")


def test_line_of_its_own_order_needs_no_customer(tmp_path: Path) -> None:
    deliver(tmp_path, ("2025-01-01", 1, [(1, 3), (1, -1)]))
    path = tmp_path / "in" / "transactions.csv"
    path.write_text(path.read_text().replace("CUST0001", ""))
    assert converted(tmp_path).rejections == []


def test_negative_lines_stay_unless_they_are_said_to_be_returns(tmp_path: Path) -> None:
    deliver(tmp_path, ("2025-01-01", 1, [(1, 3)]), ("2025-01-09", 1, [(1, -1)]))
    made = convert("columns", tmp_path / "in", Choices(), tmp_path / "out")
    assert made.row_counts["transaction_items"] == 2
    assert made.rejections == []


def test_only_our_own_files_have_negative_lines_that_may_be_returns(tmp_path: Path) -> None:
    with pytest.raises(LoaderError, match="only the source columns has such lines"):
        convert("shopify", tmp_path, Choices(are_negative_lines_returns=True), None)


def test_file_of_returns_under_other_names_is_read_in_its_order(tmp_path: Path) -> None:
    deliver(tmp_path, ("2025-01-01", 1, [(1, 3)]), ("2025-01-09", 1, [(1, -1)]))
    rows = [
        a_return(1, 1, "2025-01-12"),
        a_return(1, 1, "2025-01-10", quantity="2", refund_amount="20.00", reason=""),
    ]
    names = {"return_id": "Return ID", "refund_amount": "Refund Amount"}
    lines = [",".join(names.get(name, name) for name in rows[0])]
    lines += [",".join(row.values()) for row in rows]
    (tmp_path / "in" / "rma.csv").write_text("\n".join(lines) + "\n")

    made = convert("columns", tmp_path / "in", Choices(), tmp_path / "out")

    assert (made.refusals, made.unread) == ([], ())
    assert made.difference == 0
    assert made.row_counts["returns"] == 2
    assert "refunds of returned lines" not in {account.reason for account in made.accounts}
    # the later of two rows with one id counts, so the order of the file stays
    assert [(*row.values(),) for row in read_made(tmp_path / "out", "returns")] == [
        ("RET00001", "ITEM00001", "2025-01-12", "1", "100.0000", "Too small"),
        ("RET00001", "ITEM00001", "2025-01-10", "2", "20.0000", ""),
    ]
    # and beside it what negative lines are
    converted(tmp_path)
    assert [row[0] for row in returns(tmp_path)] == ["ITEM00002", "RET00001", "RET00001"]
