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

sales_by_day_and_payment_method as (
    select
        date_key,
        payment_method_key,
        count(distinct transaction_id) as transaction_count,
        cast(sum(revenue_amount) as numeric(38, 2)) as total_revenue
    from sales
    group by
        date_key,
        payment_method_key
)

select * from sales_by_day_and_payment_method
