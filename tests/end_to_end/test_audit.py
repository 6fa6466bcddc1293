"""What is not whole and sound is not published, and the next run mends it."""

import subprocess
import time
from decimal import Decimal
from pathlib import Path

import pytest

from factories.days import (
    TO_MART,
    dbt,
    dbt_command,
    dbt_well,
    execute,
    fingerprint,
    query,
    run,
    run_well,
)
from loader.config.settings import REPOSITORY, Settings

pytestmark = pytest.mark.usefixtures("first_day")


def test_failed_audit_leaves_mart_and_exports_and_makes_the_run_red(
    settings: Settings, second_day: Path
) -> None:
    mart = fingerprint("mart")
    exported = (settings.exports_dir / "fct_sales.csv").read_bytes()
    # a batch that was loaded and never built: the audit must see that
    execute(
        "insert into ops.loads "
        "values (0, 'customers', '2025-02-01', 'customers.csv', 0, '', 5, now(), null)"
    )

    done = run("2025-03-02", second_day)

    assert done.returncode == 1
    assert "step build failed" in done.stderr
    first_cause = "assert_delivered_rows_are_accepted_or_quarantined: fail with 1 rows"
    assert first_cause in done.stderr
    assert fingerprint("mart") == mart
    assert (settings.exports_dir / "fct_sales.csv").read_bytes() == exported
    assert query("select status from ops.runs order by started_at desc limit 1") == [("failed",)]
    published = dbt("run-operation", "publish")
    assert published.returncode != 0
    assert fingerprint("mart") == mart

    execute("delete from ops.loads where load_id = 0")
    run_well("2025-03-02", second_day, *TO_MART)
    assert query("select sum(revenue_amount) from mart.fct_sales") == [(Decimal(800),)]


def test_build_of_a_part_publishes_nothing(second_day: Path) -> None:
    mart = fingerprint("mart")
    run_well("2025-03-02", second_day, "load")

    assert dbt("run-operation", "publish").returncode != 0  # mart_build is of the day before
    output = dbt_well("build", "--exclude", "mart_build", "resource_type:unit_test")

    assert "Not published" in output
    assert fingerprint("mart") == mart


def test_staging_changed_by_hand_stops_the_build() -> None:
    production = fingerprint("production")
    execute("delete from staging.transactions")

    done = dbt("build")

    assert done.returncode != 0
    assert "staging does not hold what the load record says: transactions" in done.stdout
    assert fingerprint("production") == production


def test_column_added_by_hand_stops_its_model_and_is_named() -> None:
    execute("alter table production.payment_methods add column extra integer")

    done = dbt("run", "--select", "payment_methods")

    assert done.returncode != 0
    assert "schemas on this incremental model are out of sync" in done.stdout
    assert "extra" in done.stdout


def test_killed_build_is_not_published_and_the_next_run_is_whole(second_day: Path) -> None:
    mart = fingerprint("mart")
    run_well("2025-03-02", second_day, "load")
    build = subprocess.Popen(
        dbt_command("build", "--exclude-resource-type", "unit_test"),
        cwd=REPOSITORY / "dbt_project",
        stdout=subprocess.DEVNULL,
    )
    until = time.monotonic() + 120
    while query("select sum(revenue_amount) from mart_build.fct_sales") != [(Decimal(800),)]:
        assert time.monotonic() < until
        time.sleep(0.02)
    build.kill()
    build.wait()

    published = dbt("run-operation", "publish")
    assert published.returncode != 0
    assert "Not published" in published.stdout
    assert fingerprint("mart") == mart

    run_well("2025-03-02", second_day, *TO_MART)
    assert query("select sum(revenue_amount) from mart.fct_sales") == [(Decimal(800),)]
    assert query("select sum(total_revenue) from mart.agg_daily_sales") == [(Decimal(800),)]


def test_mart_changed_by_hand_is_noticed_and_mended() -> None:
    mart = fingerprint("mart")
    execute("update mart.fct_sales set revenue_amount = 0 where item_id = 'ITEM00001'")

    done = dbt("run-operation", "compare_mart")
    assert done.returncode == 1
    assert "mart is not what was built and tested: fct_sales (2 rows)" in done.stdout

    dbt_well("run-operation", "publish")
    assert fingerprint("mart") == mart
    dbt_well("run-operation", "compare_mart")
