{{
    config(
        materialized="incremental",
        incremental_strategy="replace_changed",
        unique_key="date_key",
        on_schema_change="fail",
    )
}}

with sales as (
    {{ changed_rows(ref("fct_sales"), ["date_key"]) }}
),

sales_in_hours as (
    select
        date_key,
        transaction_id,
        revenue_amount,
        {{ date_part("hour", "sold_at") }} as hour_of_day
    from sales
),

sales_by_day_and_hour as (
    select
        date_key,
        hour_of_day,
        count(distinct transaction_id) as transaction_count,
        cast(sum(revenue_amount) as numeric(38, 2)) as total_revenue
    from sales_in_hours
    group by
        date_key,
        hour_of_day
)

select * from sales_by_day_and_hour
