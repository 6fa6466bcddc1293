{{
    config(
        materialized="incremental",
        incremental_strategy="replace_touched",
        unique_key="year_month",
        on_schema_change="fail",
        indexes=[{"columns": ["product_id"]}],
    )
}}

with sales as (
    select * from {{ ref("fct_sales") }}
),

dates as (
    {{ touched_rows(ref("dim_dates"), ["year_month"]) }}
),

sales_by_month_and_product as (
    select
        dates.year_month,
        sales.product_key,
        sales.product_id,
        count(distinct sales.transaction_id) as transaction_count,
        count(*) as line_count,
        sum(sales.quantity) as total_quantity,
        cast(sum(sales.discount_pct) as numeric(38, 2)) as sum_of_discount_pct,
        cast(sum(sales.gross_amount) as numeric(38, 2)) as total_gross,
        cast(sum(sales.discount_amount) as numeric(38, 2)) as total_discount,
        cast(sum(sales.revenue_amount) as numeric(38, 2)) as total_revenue,
        cast(sum(sales.cost_amount) as numeric(38, 2)) as total_cost,
        cast(sum(sales.profit_amount) as numeric(38, 2)) as total_profit
    from sales
    inner join dates
        on sales.date_key = dates.date_key
    group by
        dates.year_month,
        sales.product_key,
        sales.product_id
)

select * from sales_by_month_and_product
