{{
    config(
        materialized="incremental",
        incremental_strategy="replace_changed",
        unique_key="year_month",
        on_schema_change="fail",
    )
}}

with changed_months as (
    -- a month has many days
    select distinct year_month from {{ ref("int_changed_days") }}
),

sales as (
    select * from {{ ref("fct_sales") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

sales_by_month_and_product as (
    select
        dates.year_month,
        sales.product_key,
        sales.product_id,
        count(distinct sales.transaction_id) as transaction_count,
        count(*) as line_count,
        sum(sales.quantity) as total_quantity,
        cast(sum(sales.discount_pct) as numeric(38, 4)) as sum_of_discount_pct,
        cast(sum(sales.gross_amount) as numeric(38, 2)) as total_gross,
        cast(sum(sales.discount_amount) as numeric(38, 2)) as total_discount,
        cast(sum(sales.revenue_amount) as numeric(38, 2)) as total_revenue,
        cast(sum(sales.cost_amount) as numeric(38, 2)) as total_cost,
        cast(sum(sales.profit_amount) as numeric(38, 2)) as total_profit
    from sales
    inner join dates
        on sales.date_key = dates.date_key
    {% if is_incremental() %}
    inner join changed_months
        on dates.year_month = changed_months.year_month
    {% endif %}
    group by
        dates.year_month,
        sales.product_key,
        sales.product_id
)

select * from sales_by_month_and_product
