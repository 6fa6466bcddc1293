{{
    config(
        materialized="incremental",
        incremental_strategy="replace_changed",
        unique_key="year_month",
        on_schema_change="fail",
    )
}}

with dates as (
    {{ changed_rows(ref("dim_dates"), ["year_month"]) }}
),

daily_sales as (
    select * from {{ ref("agg_daily_sales") }}
),

buyers as (
    {{ changed_rows(ref("int_sales_by_customer_and_month"), ["year_month"]) }}
),

-- A transaction has one day: transactions may be added up over days, customers may not.
sales_by_month as (
    select
        dates.year_month,
        cast(sum(daily_sales.transaction_count) as bigint) as transaction_count,
        cast(sum(daily_sales.total_revenue) as numeric(38, 2)) as total_revenue
    from daily_sales
    inner join dates
        on daily_sales.date_key = dates.date_key
    group by dates.year_month
),

buyers_by_month as (
    select
        year_month,
        count(*) as unique_customers
    from buyers
    group by year_month
),

months as (
    select
        sales_by_month.year_month,
        {{ month_number("sales_by_month.year_month") }} as month_number,
        sales_by_month.transaction_count,
        buyers_by_month.unique_customers,
        sales_by_month.total_revenue
    from sales_by_month
    inner join buyers_by_month
        on sales_by_month.year_month = buyers_by_month.year_month
)

select * from months
