"""Tables that dbt made with an older release come to where new ones are, by the next run."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from conftest import ScratchDatabase
from factories.days import (
    TO_MART,
    a_product,
    constraints,
    dbt_well,
    everything,
    execute,
    query,
    run_well,
    write_batch,
)
from loader.config.settings import REPOSITORY, Settings
from loader.contract import REQUIRED_TABLES


@pytest.mark.usefixtures("first_day")
def test_next_run_brings_tables_with_other_columns_up_to_date(second_day: Path) -> None:
    """The state of a release without some columns, with other types, and without a report."""
    execute(
        """
        alter table production.customers drop column phone;
        alter table production.products alter column margin_pct type numeric(4, 2);
        alter table quarantine.rejected_customers drop column age_group;
        alter table mart_build.fct_sales drop column discount_pct, add column colour text;
        alter table mart.fct_sales add column colour text;
        alter table mart_build.agg_daily_sales drop column total_profit;
        alter table mart.agg_daily_sales drop column total_profit;
        drop table mart_build.rpt_day_of_week, mart.rpt_day_of_week;
        drop table production.stock_levels;
        delete from ops.node_results where unique_id = 'model.shop.stock_levels';
        drop table seeds.holidays;
        create table seeds.holidays (day date, name text);
        """
    )

    run_well("2025-03-02", second_day, *TO_MART)

    assert query(
        "select table_schema || '.' || table_name || '.' || column_name "
        "from information_schema.columns "
        "where (table_schema, table_name, column_name) in ("
        "('production', 'customers', 'phone'), ('quarantine', 'rejected_customers', 'age_group'), "
        "('mart_build', 'fct_sales', 'discount_pct'), ('mart', 'fct_sales', 'colour'), "
        "('mart', 'agg_daily_sales', 'total_profit')) order by 1"
    ) == [
        ("mart.agg_daily_sales.total_profit",),
        ("mart_build.fct_sales.discount_pct",),
        ("production.customers.phone",),
        ("quarantine.rejected_customers.age_group",),
    ]
    assert query("select sum(revenue_amount), sum(profit_amount) from mart.fct_sales") == [
        (Decimal(800), Decimal(300))
    ]
    assert query("select sum(total_revenue), sum(total_profit) from mart.agg_daily_sales") == [
        (Decimal(800), Decimal(300))
    ]
    assert query("select count(*) from mart.rpt_day_of_week") == [(2,)]
    assert query("select count(*) > 100 from seeds.holidays") == [(True,)]
    levels = "select product_id, stock_date::text, stock_quantity from production.stock_levels"
    assert query(levels) == [("PROD0001", "2025-03-02", 5)]
    assert query("select distinct accepted > 0 from ops.steps where step = 'build'") == [(True,)]
    assert query("select count(*) > 20 from ops.node_results where row_count >= 0") == [(True,)]


@pytest.mark.usefixtures("first_day")
def test_next_run_makes_roll_ups_of_an_older_release_anew(second_day: Path) -> None:
    """The state of a release that followed changed items, after a run that was not published."""
    execute(
        """
        delete from ops.migrations where number >= 9;
        drop table mart_build.int_changed_days, mart_build.int_changed_items,
            mart_build.int_sales_by_month_and_customer, mart_build.int_sales_by_month_and_product;
        create table mart_build.int_sales_changes (item_id text primary key);
        create table mart_build.int_sales_candidates (item_id text primary key);
        insert into mart_build.agg_daily_sales (date_key, full_date, total_revenue)
            values (20250115, '2025-01-15', 1);
        update mart_build.int_sales_by_day_and_hour set total_revenue = 1;
        """
    )

    run_well("2025-03-02", second_day, *TO_MART)

    assert query("select to_regclass('mart_build.int_sales_changes')") == [(None,)]
    assert query(
        "select date_key, total_revenue from mart.agg_daily_sales order by date_key"
    ) == query("select date_key, sum(revenue_amount) from mart.fct_sales group by 1 order by 1")
    assert query("select sum(total_revenue) from mart.rpt_weekday_and_hour") == [(Decimal(800),)]
    assert query("select sum(total_spent) from mart.agg_customer_metrics") == [(Decimal(800),)]


AS_BEFORE_STATUS = """
delete from ops.migrations where number >= 10;
alter table ops.batch_anomalies rename column is_anomaly to is_unusual;
alter table mart_build.rpt_daily_revenue rename column is_anomaly to is_unusual;
alter table mart.rpt_daily_revenue rename column is_anomaly to is_unusual;
""" + "".join(
    f"alter table quarantine.rejected_{table} rename column status to verdict;"
    f"alter table quarantine.rejected_{table}"
    f" rename constraint rejected_{table}_status_check to rejected_{table}_verdict_check;"
    for table in (*REQUIRED_TABLES, "lines")
)


@pytest.mark.proof
@pytest.mark.usefixtures("first_day")
def test_next_run_renames_columns_of_an_older_release_and_the_one_after_is_quiet(
    settings: Settings, second_day: Path
) -> None:
    declared = constraints()
    execute(AS_BEFORE_STATUS)
    execute(
        "insert into quarantine.rejected_customers"
        " (batch_date, line_number, source_file, customer_id, reasons, verdict)"
        " values ('2025-02-28', 9, 'customers.csv', 'CUST0003', '{orphan:x}', 'open')"
    )

    run_well("2025-03-02", second_day)

    assert constraints() == declared
    assert query(
        "select table_schema || '.' || table_name, column_name from information_schema.columns"
        " where column_name in ('verdict', 'is_unusual', 'is_anomaly') order by 1"
    ) == [
        ("mart.rpt_daily_revenue", "is_anomaly"),
        ("mart_build.rpt_daily_revenue", "is_anomaly"),
        ("ops.batch_anomalies", "is_anomaly"),
    ]
    assert query(
        "select status, closed_on::text from quarantine.rejected_customers where line_number = 9"
    ) == [("superseded", "2025-03-02")]
    exported = (settings.exports_dir / "rpt_daily_revenue.csv").read_text()
    assert "is_anomaly" in exported.partition("\n")[0]
    before = everything()
    said = dbt_well("build")
    assert not re.search(r"column \w+ becomes|made anew", said), said
    assert everything() == before


FOUR_DECIMALS = {
    "production.products": ("price", "cost"),
    "production.transaction_items": ("unit_price", "discount_pct"),
    "snapshots.products_snapshot": ("price", "cost"),
    "mart_build.dim_products": ("price", "cost"),
    "mart_build.fct_sales": ("unit_price", "discount_pct"),
    "mart_build.int_sales_by_day_and_discount": ("discount_pct",),
    "mart.dim_products": ("price", "cost"),
    "mart.fct_sales": ("unit_price", "discount_pct"),
}


@pytest.mark.proof
@pytest.mark.usefixtures("first_day")
def test_next_run_gives_prices_of_an_older_release_four_decimals(tmp_path: Path) -> None:
    """What was published stays, what was refused for its rounding comes, and nothing seems new."""
    for table, columns in FOUR_DECIMALS.items():
        for column in columns:
            type_ = "numeric(5, 2)" if column == "discount_pct" else "numeric(12, 2)"
            execute(f"alter table {table} alter column {column} type {type_}")
    execute(
        "insert into quarantine.rejected_transaction_items (batch_date, line_number, source_file,"
        " item_id, transaction_id, product_id, quantity, unit_price, discount_percentage,"
        " line_total, reasons, status) values ('2025-03-01', 9, 'transaction_items.csv',"
        " 'ITEM00009', 'TXN00001', 'PROD0001', '100', '0.125', '0', '12.50',"
        " '{formula:line_total}', 'open')"
    )

    for number in (2, 3):
        batch = write_batch(
            tmp_path / str(number),
            products=[a_product(1), a_product(2, price="9.9999", cost="4.00")],
        )
        run_well(f"2025-03-0{number}", batch, "load", "build")

    assert {
        table: {name for (name,) in query(columns_with_four_decimals(table))}
        for table in FOUR_DECIMALS
    } == {table: set(columns) for table, columns in FOUR_DECIMALS.items()}
    assert query(
        "select item_id, unit_price::text, gross_amount::text from mart.fct_sales order by 1"
    ) == [
        ("ITEM00001", "100.0000", "200.00"),
        ("ITEM00002", "100.0000", "200.00"),
        ("ITEM00009", "0.1250", "12.50"),
    ]
    assert query("select status from quarantine.rejected_transaction_items") == [("resolved",)]
    assert query(
        "select product_id, price::text, valid_from::text from mart.dim_products order by 1, 3"
    ) == [
        ("PROD0001", "100.0000", "1900-01-01"),
        ("PROD0002", "10.0000", "1900-01-01"),
        ("PROD0002", "9.9999", "2025-03-02"),
    ]


HASHED_KEYS = REPOSITORY / "tests" / "factories" / "hashed_keys.sql"
INDEXES = """
select tablename, replace(regexp_replace(indexdef, 'INDEX .* ON', 'INDEX ON'), 'mart_build', 'mart')
from pg_indexes
where schemaname = 'mart' and tablename in ('fct_sales', 'dim_customers', 'dim_products')
order by 1, 2
"""
STAR = """
select item_id, revenue_amount, cost_amount, city, product_name, payment_method_name
from mart.fct_sales
inner join mart.dim_customers using (customer_key)
inner join mart.dim_products using (product_key)
inner join mart.dim_payment_methods using (payment_method_key)
order by 1
"""
KEYS = """
select customer_key, customer_id, valid_from::text from mart.dim_customers
union all
select product_key, product_id, valid_from::text from mart.dim_products
union all
select payment_method_key, payment_method_name, null from mart.dim_payment_methods
order by 2, 3
"""


def upgraded() -> list[object]:
    """Return what an upgrade must bring; where rows came from is known to a new database only."""
    tables = everything()
    del tables["production.customers"], tables["production.products"]
    return [tables, constraints(), query(INDEXES), query(KEYS)]


@pytest.mark.proof
@pytest.mark.usefixtures("first_day")
def test_next_run_makes_numbers_of_the_keys_of_an_older_release(
    second_day: Path,
    second_day_run: tuple[str, Path],
    scratch_database: ScratchDatabase,
) -> None:
    """A build that is not published leaves the mart as it was; the next one starts from there."""
    with pytest.MonkeyPatch.context() as patch, scratch_database(patch, second_day_run[0]):
        expected = upgraded()
    execute(HASHED_KEYS.read_text())
    star = query(STAR)

    run_well("2025-03-02", second_day, "load")
    for _ in range(2):
        dbt_well("run")
        assert query(STAR) == star
    run_well("2025-03-02", second_day, "build")

    assert upgraded() == expected
    assert query(
        "select count(*) = count(distinct first_line_number) from production.customers"
        " where first_batch_date = '2025-03-01'"
    ) == [(True,)]
    assert query("select has_table_privilege('public', 'mart.fct_sales', 'select')") == [(True,)]


def columns_with_four_decimals(table: str) -> str:
    return (
        "select attname from pg_attribute where format_type(atttypid, atttypmod)"
        f" in ('numeric(14,4)', 'numeric(7,4)') and attrelid = '{table}'::regclass"
    )
