{{
    config(
        materialized="incremental",
        incremental_strategy="replace_touched",
        unique_key="customer_id",
        on_schema_change="fail",
        indexes=[{"columns": ["customer_id"]}],
    )
}}

with sales as (
    {{ touched_rows(ref("fct_sales"), ["customer_id"]) }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

sales_by_customer_and_month as (
    select
        sales.customer_id,
        dates.year_month,
        dates.year * 12 + dates.month as month_number,
        count(distinct sales.transaction_id) as transaction_count,
        cast(sum(sales.revenue_amount) as numeric(38, 2)) as total_revenue
    from sales
    inner join dates
        on sales.date_key = dates.date_key
    group by
        sales.customer_id,
        dates.year_month,
        dates.year,
        dates.month
)

select * from sales_by_customer_and_month
