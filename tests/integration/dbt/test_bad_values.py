"""What becomes of every value that nobody should deliver: one batch with all of them."""

from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from conftest import ScratchDatabase
from factories.bad_values import VALUES, Value
from factories.days import (
    CsvRow,
    a_customer,
    a_product,
    a_transaction,
    an_item,
    dbt_well,
    query,
    run_well,
    write_batch,
)

pytestmark = pytest.mark.versions

KEYS = {"customers": "customer_id", "products": "product_id", "transactions": "transaction_id"}
GOOD = {"customers": 1, "transactions": 1, "transaction_items": 1, "products": 1}
Validated = dict[tuple[str, int], dict[str, Any]]  # columns as JSON, by table and line


def row(value: Value, number: int) -> CsvRow:
    """Return a good row but for one value."""
    if value.table == "customers":
        return a_customer(number, **{value.column: value.raw})
    if value.table == "products":
        money = {"price": "100.00", "cost": "0.00", value.column: value.raw}
        return a_product(number, **money)
    good = a_transaction(number, "2026-11-22", shipping_address="1 Main Street")
    return good | {value.column: value.raw}


def numbered(table: str) -> list[tuple[int, Value]]:
    """Return the values of a table by the numbers of their rows; row 1 is good."""
    return list(enumerate((value for value in VALUES if value.table == table), start=2))


@pytest.fixture(scope="module")
def validated(
    scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Validated]:
    """Load and judge one batch, and give the rows of the stg_ tables by table and line."""
    root = tmp_path_factory.mktemp("values")
    batch = write_batch(
        root / "batch",
        customers=[a_customer(1), *(row(value, n) for n, value in numbered("customers"))],
        products=[a_product(1), *(row(value, n) for n, value in numbered("products"))],
        transactions=[
            a_transaction(1, "2026-11-22", shipping_address="1 Main Street"),
            *(row(value, n) for n, value in numbered("transactions")),
        ],
        transaction_items=[
            an_item(1, 1),
            an_item(2, 1, unit_price="Rs. 100.00005", line_total="200.004"),
            an_item(3, 1, discount_percentage="0,5"),
            an_item(4, 1, discount_percentage="10%", line_total="Rs. 180.00"),
            an_item(5, 1, discount_percentage="12.5 \uff05", line_total="175"),
            an_item(6, 1, unit_price=".99", quantity="1", line_total=".99"),
            an_item(7, 1, quantity="2%"),
        ],
    )
    with (batch / "products.csv").open("ab") as file:
        file.write(b"a line that is no record\n")
    with pytest.MonkeyPatch.context() as patch, scratch_database(patch):
        patch.setenv("SHOP_ROOT", str(root))
        patch.setenv("DBT_TARGET_PATH", str(root / "target"))
        patch.setenv("DBT_LOG_PATH", str(root / "target"))
        run_well("2026-11-22", batch, "load")
        dbt_well(
            "build",
            *("--exclude-resource-type", "unit_test"),
            *("--indirect-selection", "cautious"),
            *(
                "--select",
                "+row_warnings",
                "+quality_counts",
                "returns",
                "quarantine",
                "reconciliation",
            ),
        )
        yield {
            (table, found["line_number"]): found
            for table in (*KEYS, "transaction_items")
            for (found,) in query(f"select to_jsonb(t) from staging.stg_{table} as t")
        }


CASES = [(value, number) for table in KEYS for number, value in numbered(table)]


@pytest.mark.parametrize(("value", "number"), CASES, ids=[value.name for value, _ in CASES])
def test_every_value_has_its_outcome(validated: Validated, value: Value, number: int) -> None:
    found = validated[value.table, number + 1]
    assert tuple(found["reasons"]) == value.reasons
    assert found["status"] == ("open" if value.reasons else "accepted")
    if not value.reasons:
        assert tuple(found["notes"]) == value.notes
        assert found[value.column] == as_json(value.stored)


def as_json(stored: object) -> object:
    if isinstance(stored, Decimal):
        return float(stored)
    return stored.isoformat() if isinstance(stored, date | time) else stored


def test_what_was_normalised_is_on_record(validated: Validated) -> None:
    expected = {
        (table, found[KEYS.get(table, "item_id")], note)
        for (table, _), found in validated.items()
        if found["status"] == "accepted"
        for note in found["notes"]
    }
    assert ("transaction_items", "ITEM00002", "currency:unit_price") in expected
    assert ("transaction_items", "ITEM00002", "rounded:unit_price") in expected
    assert ("transaction_items", "ITEM00002", "rounded:line_total") in expected
    assert ("transaction_items", "ITEM00004", "percent:discount_percentage") in expected
    assert ("transaction_items", "ITEM00005", "percent:discount_percentage") in expected
    noted = query(
        "select table_name, row_key, code from ops.row_warnings where split_part(code, ':', 1) in"
        " ('invisible', 'nfc', 'digits', 'null_word', 'currency', 'percent', 'grouped', 'rounded',"
        " 'date_form', 'time_form', 'phone_form', 'phone_text')"
    )
    assert set(noted) == expected


def test_rejected_values_and_lines_are_kept_as_delivered_and_counted(validated: Validated) -> None:
    for table, key in KEYS.items():
        for value in (value for value in VALUES if value.table == table and value.reasons):
            assert query(
                f"select count(*) > 0 from quarantine.rejected_{table}"
                f" where coalesce({value.column}, '') = $${value.raw}$$"
            ) == [(True,)], (key, value.raw)
    counts = query(
        "select table_name, delivered_count, accepted_count, quarantined_count"
        " from ops.batch_counts"
    )
    rejected = {table: len([v for v in VALUES if v.table == table and v.reasons]) for table in KEYS}
    rejected |= {"transaction_items": 2, "products": rejected["products"] + 1}  # the broken line
    assert {table: quarantined for table, _, _, quarantined in counts} == rejected
    assert all(delivered == accepted + bad for _, delivered, accepted, bad in counts)
    assert validated["transaction_items", 4]["reasons"] == ["type:discount_percentage"]
    assert validated["transaction_items", 8]["reasons"] == ["type:quantity"]


def test_amounts_are_what_was_meant(validated: Validated) -> None:
    items = {line: row for (table, line), row in validated.items() if table == "transaction_items"}
    stored = [(items[line]["discount_percentage"], items[line]["line_total"]) for line in (5, 6, 7)]
    assert stored == [(10, 180), (12.5, 175), (0, 0.99)]


def test_corpus_of_values_is_large() -> None:
    assert len({(value.column, value.raw) for value in VALUES}) == len(VALUES) >= 150
