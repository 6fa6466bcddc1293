"""Twenty queries that BI tools ask of the mart, and two ways to lay out the sales."""

from benchmarks.bench_shop import LONG, Shop, Size

REPORTS = (
    "rpt_batch_quality", "rpt_category_performance", "rpt_cohort_retention",
    "rpt_customer_segments", "rpt_daily_revenue", "rpt_day_of_week", "rpt_discount_impact",
    "rpt_geographic_sales", "rpt_monthly_trend", "rpt_new_and_returning_customers",
    "rpt_payment_distribution", "rpt_top_products", "rpt_weekday_and_hour",
)  # fmt: skip

QUERIES = {report: f"select * from mart.{report}" for report in REPORTS} | {
    "best customers": (
        "select * from mart.rpt_customer_lifetime_value order by total_spent desc limit 100"
    ),
    "customers by recency and frequency": (
        "select recency_score, frequency_score, count(*), sum(total_spent)"
        " from mart.rpt_customer_rfm group by 1, 2"
    ),
    "products by class": (
        "select abc_class, count(*), sum(total_revenue) from mart.rpt_product_abc group by 1"
    ),
    "most profitable products": (
        "select * from mart.rpt_product_profitability order by total_profit desc limit 50"
    ),
    "stock that runs out": (
        "select * from mart.rpt_stock_cover order by days_of_cover nulls last limit 50"
    ),
    "revenue by month and weekday": (
        "select year_month, day_name, sum(total_revenue), sum(total_profit)"
        " from mart.agg_daily_sales inner join mart.dim_dates using (date_key) group by 1, 2"
    ),
    "the last day's sales by category and state": (
        "select category, state, sum(revenue_amount), count(distinct transaction_id)"
        " from mart.fct_sales inner join mart.dim_products using (product_key)"
        " inner join mart.dim_customers using (customer_key)"
        " where date_key = (select max(date_key) from mart.agg_daily_sales) group by 1, 2"
    ),
}

LAYOUTS = {
    "b-tree on the day (as built)": "create index on bench.sales_laid_out (date_key)",
    "BRIN on the day": "create index on bench.sales_laid_out using brin (date_key)",
    "partitions by month": "create index on bench.sales_laid_out (date_key)",
}
ASKED = {
    "a day": "date_key = 20260909",
    "a month": "date_key between 20260801 and 20260831",
    "a year": "date_key between 20250901 and 20260831",
}


def measure(size: Size) -> dict[str, object]:
    """Ask each query five times and keep the median."""
    shop = Shop(size, LONG)
    shop.make()
    items = shop.query("select count(*) from mart.fct_sales")[0][0]
    found = {name: sorted(shop.ask(query) for _ in range(5))[2] for name, query in QUERIES.items()}
    return {"items": items, "seconds": found}


def measure_layouts(size: Size) -> dict[str, object]:
    """Lay the sales out in three ways; ask for a day, a month, a year; merge a day into each."""
    shop = Shop(size, LONG)
    found: dict[str, object] = {}
    for name, index in LAYOUTS.items():
        shop.psql(_laid_out(shop, name, index))
        seconds = {
            asked: sorted(
                shop.ask(
                    "select payment_method_key, sum(revenue_amount), count(*)"
                    f" from bench.sales_laid_out where {condition} group by 1"
                )
                for _ in range(3)
            )[1]
            for asked, condition in ASKED.items()
        }
        size_ = shop.query(
            "select sum(pg_indexes_size(oid)), sum(pg_relation_size(oid)) from pg_class"
            " where relname like 'sales_laid_out%' and relkind = 'r'"
        )[0]
        merge = shop.psql(MERGE).seconds
        found[name] = seconds | {"index_mb": float(size_[0]) / 1e6, "merge of a day": merge}
    shop.psql("drop table bench.sales_laid_out")
    return found


# A day's lines anew: looked up by key, replaced.
MERGE = """
create temporary table a_day as
    select * from bench.sales_laid_out where date_key = 20260909;
delete from bench.sales_laid_out as s using a_day as d
    where s.item_id = d.item_id and s.date_key = d.date_key;
insert into bench.sales_laid_out select * from a_day;
"""


def _laid_out(shop: Shop, name: str, index: str) -> str:
    make = (
        "create schema if not exists bench; drop table if exists bench.sales_laid_out;"
        "create table bench.sales_laid_out (like mart.fct_sales)"
    )
    if "partitions" not in name:
        return (
            f"{make};"
            "insert into bench.sales_laid_out select * from mart.fct_sales order by date_key;"
            f"create unique index on bench.sales_laid_out (item_id, date_key); {index};"
            "vacuum analyze bench.sales_laid_out"
        )
    months = [row[0] for row in shop.query(
        "select distinct year * 100 + month from mart.dim_dates order by 1"
    )]  # fmt: skip
    parts = "".join(
        f"create table bench.sales_laid_out_{month} partition of bench.sales_laid_out"
        f" for values from ({month * 100}) to ({month * 100 + 99});"
        for month in months
    )
    return (
        f"{make} partition by range (date_key); {parts}"
        "insert into bench.sales_laid_out select * from mart.fct_sales;"
        f"create unique index on bench.sales_laid_out (item_id, date_key); {index};"
        "vacuum analyze bench.sales_laid_out"
    )
