"""A day says the same whatever rules for order and case the database was made with."""

import re
from pathlib import Path

import pytest

from conftest import ScratchDatabase
from factories.days import (
    TO_MART,
    a_customer,
    a_product,
    a_transaction,
    an_item,
    everything,
    query,
    run_well,
    write_batch,
)
from loader.config.settings import REPOSITORY
from loader.database.fetch import Row

LIBC = "locale_provider libc lc_collate 'C' lc_ctype 'C' encoding 'UTF8'"
TURKISH = LIBC.replace("libc", "icu icu_locale 'tr-TR'")
HAS_ICU = "select exists (select 1 from pg_collation where collname = 'en-x-icu')"


def letters_that_rules_differ_on(folder: Path) -> Path:
    """Write a batch with i and I wherever case matters, letters beyond ASCII, and mixed ids."""
    return write_batch(
        folder,
        customers=[
            a_customer(1, email="IRIS@EXAMPLE.COM", first_name="\u00c9MILIE", last_name="O'BRIEN"),
            a_customer(2, email="iris@example.com"),
            a_customer(3, first_name="\u0418\u0412\u0410\u041d", last_name="MCINTYRE"),
            a_customer(4, first_name="\u00f6zg\u00fcr-can", last_name="I\u015eIK"),
            a_customer(5, first_name="Zo\u00cb", last_name="diaz", city="nIl", state="null"),
        ],
        products=[
            a_product(1, product_id="b2", category="CLOTHING", price="100.00 inr"),
            a_product(2, product_id="B1", category="clothing"),
            a_product(3, product_id="\u00e41", category="KITCHEN"),
        ],
        transactions=[a_transaction(1, "2025-03-01", payment_method="CREDIT CARD")],
        transaction_items=[
            an_item(number, 1, product_id=product)
            for number, product in enumerate(("b2", "B1", "\u00e41"), start=1)
        ],
    )


def run_a_day(batch: Path, root: Path, patch: pytest.MonkeyPatch) -> dict[str, Row]:
    patch.setenv("SHOP_ROOT", str(root))
    run_well("2025-03-01", batch, *TO_MART)
    assert query(
        "select customer_id, first_name, last_name, email, state from production.customers"
        " order by 1"
    ) == [
        ("CUST0001", "\u00c9milie", "O'Brien", "iris@example.com", "Maharashtra"),
        ("CUST0003", "\u0418\u0432\u0430\u043d", "McIntyre", "c3@example.com", "Maharashtra"),
        ("CUST0004", "\u00d6zg\u00fcr-Can", "I\u015fik", "c4@example.com", "Maharashtra"),
        ("CUST0005", "Zo\u00cb", "Diaz", "c5@example.com", None),
    ]
    assert query("select customer_id, reasons from quarantine.rejected_customers") == [
        ("CUST0002", ["unique:email"])
    ]
    assert query("select category_name from production.categories where not is_expected") == [
        ("KITCHEN",),
    ]
    assert query("select payment_method from mart.rpt_payment_distribution") == [("Credit Card",)]
    assert query("select product_id from mart.rpt_top_products order by revenue_rank") == [
        ("B1",),
        ("b2",),
        ("\u00e41",),
    ]
    return everything()


@pytest.mark.proof
@pytest.mark.versions
@pytest.mark.usefixtures("own_dbt_target")
def test_day_is_the_same_under_all_rules_for_order_and_case(
    tmp_path: Path, scratch_database: ScratchDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Turkish rules, where the server has them; C, which knows no letter beyond ASCII, anywhere."""
    batch = letters_that_rules_differ_on(tmp_path / "batch")
    with scratch_database(monkeypatch):
        expected = run_a_day(batch, tmp_path / "usual", monkeypatch)
        rules = {"c": LIBC} | ({"turkish": TURKISH} if query(HAS_ICU) == [(True,)] else {})
    for name, clause in rules.items():
        with scratch_database(monkeypatch, "template0", clause):
            assert run_a_day(batch, tmp_path / name, monkeypatch) == expected, name


BY_THE_DATABASES_RULES = re.compile(
    r'(?<![.\w])(lower|upper|initcap)\((?!.*(collate "C|bytewise))|\bilike\b'
)


def test_models_take_no_case_function_under_the_rules_of_the_database() -> None:
    found = [
        f"{path.name}: {line.strip()}"
        for folder in ("macros", "models", "snapshots", "tests")
        for path in (REPOSITORY / "dbt_project" / folder).rglob("*.sql")
        for line in path.read_text().splitlines()
        if BY_THE_DATABASES_RULES.search(line) and not line.lstrip().startswith(("--", "{#"))
    ]
    assert found == []
