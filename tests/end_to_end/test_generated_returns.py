"""Returns of generated shops, late and corrected, are to the cent what the generator knows."""

import csv
import json
import os
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from factories.days import TO_MART, everything, query, run_well
from loader.config.settings import Settings
from loader.database.fetch import Row
from loader.generator.batch import Batch
from loader.generator.settings import ShopChoice, load_shop_settings
from loader.generator.write import TRUTH, generate
from loader.pipeline.revert import revert_batch

DAYS = int(os.environ.get("PROOF_DAYS", "6"))  # `make proof` takes 30
FIRST = date(2025, 3, 25)  # and on into April
BATCHES = (
    Batch(FIRST, 40, is_first=True),
    *(Batch(FIRST + timedelta(2 * n), 2) for n in range(1, DAYS // 2 + 1)),
)
SHOPS = {
    # few returns; many, half of them late or corrected; of many pieces, up to two months later
    7: {"returns.pct": 5},
    8: {"returns.pct": 30, "files.late_pct": 30, "files.corrected_pct": 40},
    9: {"returns.pct": 10, "returns.days": 30, "files.corrected_pct": 20},
}


def deliver(seed: int, folder: Path) -> dict[str, Row]:
    """Run the batches of a shop; return what there was before the last one."""
    before: dict[str, Row] = {}
    changes = {"returns.days": 12, "shop.orders_per_day": 8} | SHOPS[seed]
    choice = ShopChoice("tiny", seed=seed, changes=tuple(changes.items()))
    for batch in BATCHES:
        generate(folder, batch, load_shop_settings(choice))
        before = everything()
        run_well(batch.day.isoformat(), folder / batch.day.isoformat(), *TO_MART)
    return before


def true_returns(folder: Path) -> dict[str, tuple[int, Decimal]]:
    """Return units and refunds by day, as the truths of the batches add up to them."""
    units: Counter[str] = Counter()
    refunds: dict[str, Decimal] = {}
    for truth in sorted(folder.glob(f"*/{TRUTH}")):
        for change in json.loads(truth.read_text())["returns"]["changes"]:
            day = change["date"]
            units[day] += change["units"]
            refunds[day] = refunds.get(day, Decimal(0)) + Decimal(change["refund_amount"])
    return {day: (units[day], refunds[day]) for day in refunds if units[day] or refunds[day]}


def newest(folder: Path, table: str) -> dict[str, dict[str, str]]:
    """Return the last row of each key in the files, as they are read by Python."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob(f"*/{table}.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found |= {next(iter(row.values())): row for row in csv.DictReader(file)}
    return found


@pytest.mark.proof
@pytest.mark.parametrize("seed", SHOPS)
@pytest.mark.usefixtures("database", "own_dbt_target")
def test_returns_reconcile_to_the_cent(seed: int, tmp_path: Path, settings: Settings) -> None:
    landing = tmp_path / "landing"
    before = deliver(seed, landing)
    found = query(
        "select full_date::text, units_returned, total_returns from mart.agg_daily_sales "
        "where units_returned <> 0 or total_returns <> 0"
    )
    assert {day: (units, refunds) for day, units, refunds in found} == true_returns(landing)

    sold, returned = newest(landing, "transaction_items"), newest(landing, "returns")
    assert any(row["return_date"] > FIRST.isoformat() for row in returned.values())
    revenue = sum(Decimal(row["line_total"]) for row in sold.values())
    refunds = sum(Decimal(row["refund_amount"]) for row in returned.values())
    assert 0 < refunds < revenue
    net = "select sum(net_sales), sum(total_returns) from mart.{}"
    for relation in ("agg_daily_sales", "agg_product_performance", "agg_customer_metrics",
                     "rpt_monthly_trend", "rpt_category_performance"):  # fmt: skip
        assert query(net.format(relation)) == [(revenue - refunds, refunds)], relation
    assert query(
        "select count(*), sum(refund_amount), sum(returned_quantity) from mart.fct_returns"
    ) == [(len(returned), refunds, sum(int(row["quantity"]) for row in returned.values()))]
    assert query("select count(*) from quarantine.rejected_returns where status = 'open'") == [(0,)]
    if seed == max(SHOPS):
        revert_batch(settings, lambda _: None)  # the archive is replayed without the last batch
        assert everything() == before
