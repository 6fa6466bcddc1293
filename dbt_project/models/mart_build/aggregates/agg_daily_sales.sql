{{
    config(
        materialized="incremental",
        incremental_strategy="replace_changed",
        unique_key="date_key",
        on_schema_change="fail",
    )
}}

with changed_days as (
    select * from {{ ref("int_changed_days") }}
),

sales as (
    select * from {{ ref("fct_sales") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

sales_by_day as (
    select
        sales.date_key,
        dates.full_date,
        count(distinct sales.transaction_id) as transaction_count,
        count(distinct sales.customer_id) as unique_customers,
        sum(sales.quantity) as total_units,
        cast(sum(sales.gross_amount) as numeric(38, 2)) as total_gross,
        cast(sum(sales.discount_amount) as numeric(38, 2)) as total_discount,
        cast(sum(sales.revenue_amount) as numeric(38, 2)) as total_revenue,
        cast(sum(sales.cost_amount) as numeric(38, 2)) as total_cost,
        cast(sum(sales.profit_amount) as numeric(38, 2)) as total_profit
    from sales
    {% if is_incremental() %}
    inner join changed_days
        on sales.date_key = changed_days.date_key
    {% endif %}
    inner join dates
        on sales.date_key = dates.date_key
    group by
        sales.date_key,
        dates.full_date
)

select * from sales_by_day
