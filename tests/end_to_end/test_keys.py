"""Keys are a function of the batches: a corrected batch, a replay and a full refresh agree."""

from pathlib import Path

import pytest

from conftest import ScratchDatabase
from factories.days import (
    TO_MART,
    CsvRow,
    a_customer,
    a_product,
    a_transaction,
    an_item,
    dbt_well,
    everything,
    query,
    run_well,
    write_batch,
)
from loader.config.settings import Settings
from loader.pipeline.replay import replay

CUSTOMERS = "select customer_id from mart.dim_customers order by customer_key"
FIRST_ACCEPTANCE = """
select customer_id, first_batch_date::text, first_line_number from production.customers
where customer_id in ('CUST0005', 'CUST0006', 'CUST0009')
order by 1
"""
SALES = """
select item_id, dim_customers.customer_id, dim_products.product_id, payment_method_name
from mart.fct_sales
inner join mart.dim_customers using (customer_key)
inner join mart.dim_products using (product_key)
inner join mart.dim_payment_methods using (payment_method_key)
order by 1
"""


def batch(folder: Path, *numbers: int) -> Path:
    """Write a day on which new customers, in this order, buy a product each that is new, too."""
    states = {7: "Goa", 8: "Kerala", 9: "Punjab"}
    items: list[CsvRow] = [an_item(n, n, product_id=f"PROD000{n}") for n in numbers]
    return write_batch(
        folder,
        customers=[
            a_customer(1, city="Delhi"),
            *(a_customer(n, state=states[n]) for n in numbers),
            a_customer(6, registration_date="2025-03-03"),  # waits in quarantine until then
        ],
        products=[a_product(n, category="Books" if n == 8 else "Garden") for n in numbers],
        transactions=[
            a_transaction(n, "2025-03-02", customer_id=f"CUST000{n}", payment_method=f"Barter {n}")
            for n in numbers
        ],
        transaction_items=items,
    )


@pytest.mark.proof
@pytest.mark.usefixtures("first_day")
def test_sales_follow_the_keys_that_a_corrected_batch_renumbers(
    settings: Settings,
    scratch_database: ScratchDatabase,
    tmp_path: Path,
) -> None:
    """The corrected file has a customer before the others: their keys are what a replay gives."""
    earlier = query(CUSTOMERS)
    run_well("2025-03-02", batch(tmp_path / "first", 9, 7), *TO_MART)
    moved, delivered = [("CUST0001",)], [("CUST0009",), ("CUST0007",)]
    assert query(CUSTOMERS) == [*earlier, *moved, *delivered]

    run_well("2025-03-02", batch(tmp_path / "corrected", 8, 9, 7), *TO_MART)

    assert query(CUSTOMERS) == [*earlier, *moved, ("CUST0008",), *delivered]
    assert query(SALES)[-3:] == [
        (f"ITEM0000{n}", f"CUST000{n}", f"PROD000{n}", f"Barter {n}") for n in (7, 8, 9)
    ]
    corrected = everything()
    run_well("2025-03-02", batch(tmp_path / "same", 8, 9, 7), *TO_MART)
    assert everything() == corrected
    dbt_well("build", "--full-refresh", "--exclude-resource-type", "unit_test")
    assert everything() == corrected

    third = write_batch(tmp_path / "third", customers=[a_customer(5), a_customer(9, city="Agra")])
    run_well("2025-03-03", third, *TO_MART)
    assert query(CUSTOMERS)[-3:] == [("CUST0009",), ("CUST0006",), ("CUST0005",)]
    assert query(FIRST_ACCEPTANCE) == [
        ("CUST0005", "2025-03-03", 2),
        ("CUST0006", "2025-03-02", 6),
        ("CUST0009", "2025-03-02", 4),
    ]
    last = everything()
    with pytest.MonkeyPatch.context() as patch, scratch_database(patch):
        replay(settings)
        assert everything() == last
