"""Every source from its form to equal sums in mart, with nothing in quarantine."""

import csv
import random
from decimal import Decimal
from pathlib import Path

import pytest

from factories.days import TO_MART, query, run_well
from factories.exports.columns import write_ours
from factories.exports.files import COST_AND_STOCK, read_made, write_export
from factories.exports.olist import write_olist
from factories.exports.online_retail import RETAIL_LINE
from factories.exports.shopify import shopify_orders
from factories.exports.superstore import SUPERSTORE_LINE
from factories.exports.woocommerce import WOOCOMMERCE_ROW
from loader.contract import REQUIRED_TABLES
from loader.ingest.sources.convert import convert
from loader.ingest.sources.mapping import sources
from loader.ingest.sources.records import Choices, Conversion


def write_exports(folder: Path) -> None:
    """Write an export of every source."""
    rows = shopify_orders(random.Random(20), 150)  # noqa: S311
    write_export(folder / "shopify" / "in" / "orders.csv", rows)
    discounted = {"item_subtotal": "21.00", "item_quantity": "7"}
    write_export(folder / "woocommerce" / "in" / "orders.csv", [WOOCOMMERCE_ROW | discounted])
    write_olist(folder / "olist", [{}], [{}, {"order_item_id": "2"}], [{"payment_value": "77.42"}])
    retail = [
        RETAIL_LINE
        | {
            "InvoiceNo": str(number),
            "CustomerID": "",
            "UnitPrice": "0.335",
            "Quantity": str(quantity),
        }
        for number, quantity in enumerate((1, 3, 70_000), start=600_000)
    ]
    write_export(folder / "online_retail" / "in" / "retail.csv", retail)
    superstore = [
        SUPERSTORE_LINE,
        SUPERSTORE_LINE
        | {"Sales": "957.5775", "Quantity": "5", "Discount": "0.45", "Product ID": "T"},
    ]
    write_export(folder / "superstore" / "in" / "lines.csv", superstore)
    write_ours(folder / "columns")


def write_batch_of(folders: list[Path], target: Path) -> None:
    """Write the rows of several batches as one: their keys differ."""
    target.mkdir()
    for table, columns in REQUIRED_TABLES.items():
        with (target / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            for folder in folders:
                writer.writerows(read_made(folder, table))


@pytest.mark.usefixtures("database", "settings", "own_dbt_target")
def test_every_source_arrives_in_mart_with_the_sums_of_its_account(tmp_path: Path) -> None:
    write_exports(tmp_path)
    made: dict[str, Conversion] = {}
    for source in sources():
        choices = Choices(values={} if source == "columns" else COST_AND_STOCK)
        folder = tmp_path / source
        made[source] = convert(source, folder / "in", choices, folder / "out")
        assert not made[source].refusals
        assert not made[source].contradictions
    folders = [tmp_path / source / "out" for source in sources()]
    write_batch_of(folders, tmp_path / "batch")

    run_well("2025-01-31", tmp_path / "batch", *TO_MART)

    for table in REQUIRED_TABLES:
        assert query(f"select reasons from quarantine.rejected_{table}") == []
    for source in sources():
        ids = [
            row["transaction_id"] for row in read_made(tmp_path / source / "out", "transactions")
        ]
        listed = ", ".join(f"'{key}'" for key in ids)
        ((count, revenue, off),) = query(
            "select count(*), sum(revenue_amount),"
            " sum(gross_amount - discount_amount - revenue_amount)"
            f" from mart.fct_sales where transaction_id in ({listed})"
        )
        written = next(account for account in made[source].accounts if account.side == "written")
        assert count == made[source].row_counts["transaction_items"], source
        assert revenue == written.amount.quantize(Decimal("0.01")), source
        assert off == 0, source
    assert query("select count(*) from ops.row_warnings where code like 'total%'") == [(0,)]
