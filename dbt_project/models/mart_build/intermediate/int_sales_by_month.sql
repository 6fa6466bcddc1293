{{
    config(
        materialized="incremental",
        incremental_strategy="replace_touched",
        unique_key="year_month",
        on_schema_change="fail",
    )
}}

with sales as (
    select * from {{ ref("fct_sales") }}
),

dates as (
    {{ touched_rows(ref("dim_dates"), ["year_month"]) }}
),

sales_by_month as (
    select
        dates.year_month,
        dates.year * 12 + dates.month as month_number,
        count(distinct sales.transaction_id) as transaction_count,
        count(distinct sales.customer_id) as unique_customers,
        cast(sum(sales.revenue_amount) as numeric(38, 2)) as total_revenue
    from sales
    inner join dates
        on sales.date_key = dates.date_key
    group by
        dates.year_month,
        dates.year,
        dates.month
)

select * from sales_by_month
