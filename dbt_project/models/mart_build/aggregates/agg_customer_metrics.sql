{{
    config(
        materialized="incremental",
        incremental_strategy="replace_changed",
        unique_key="customer_id",
        on_schema_change="fail",
    )
}}

with sales_by_customer_version as (
    {{ changed_rows(ref("int_sales_by_customer_version"), ["customer_id"]) }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

-- A transaction has one date, so it counts under one version only and the counts may be
-- added.
sales_by_customer as (
    select
        customer_id,
        cast(sum(transaction_count) as bigint) as transaction_count,
        cast(sum(total_units) as bigint) as total_units,
        cast(sum(total_revenue) as numeric(38, 2)) as total_spent,
        cast(
            sum(total_revenue) / sum(transaction_count) as numeric(38, 2)
        ) as average_order_value,
        cast(sum(total_profit) as numeric(38, 2)) as total_profit
    from sales_by_customer_version
    group by customer_id
    having sum(line_count) > 0
),

purchases as (
    {{ first_and_last_purchases("sales_by_customer") }}
),

customer_metrics as (
    select
        sales_by_customer.*,
        first_dates.full_date as first_purchase_date,
        last_dates.full_date as last_purchase_date
    from sales_by_customer
    inner join purchases
        on sales_by_customer.customer_id = purchases.customer_id
    inner join dates as first_dates
        on purchases.first_key = first_dates.date_key
    inner join dates as last_dates
        on purchases.last_key = last_dates.date_key
)

select * from customer_metrics
