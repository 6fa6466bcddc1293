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

sales_by_customer_version as (
    select
        customer_key,
        customer_id,
        count(distinct transaction_id) as transaction_count,
        sum(quantity) as total_units,
        cast(sum(revenue_amount) as numeric(38, 2)) as total_revenue,
        cast(sum(profit_amount) as numeric(38, 2)) as total_profit,
        cast(min(sold_at) as date) as first_purchase_date,
        cast(max(sold_at) as date) as last_purchase_date
    from sales
    group by
        customer_key,
        customer_id
)

select * from sales_by_customer_version
