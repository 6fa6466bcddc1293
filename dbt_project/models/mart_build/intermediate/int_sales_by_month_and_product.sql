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

returns as (
    select * from {{ ref("fct_returns") }}
),

sales_and_returns as (
    {{ sales_and_returns("sales", "returns") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

sales_by_month_and_product as (
    select
        dates.year_month,
        lines.product_key,
        lines.product_id,
        count(distinct lines.transaction_id) as transaction_count,
        sum(lines.line_count) as line_count,
        sum(lines.quantity) as total_quantity,
        cast(sum(lines.discount_pct) as numeric(38, 4)) as sum_of_discount_pct,
        cast(sum(lines.gross_amount) as numeric(38, 2)) as total_gross,
        cast(sum(lines.discount_amount) as numeric(38, 2)) as total_discount,
        cast(sum(lines.revenue_amount) as numeric(38, 2)) as total_revenue,
        cast(sum(lines.cost_amount) as numeric(38, 2)) as total_cost,
        cast(sum(lines.profit_amount) as numeric(38, 2)) as total_profit,
        sum(lines.returned_quantity) as units_returned,
        cast(sum(lines.refund_amount) as numeric(38, 2)) as total_returns,
        cast(sum(lines.lost_profit_amount) as numeric(38, 2)) as lost_profit
    from sales_and_returns as lines
    inner join dates
        on lines.date_key = dates.date_key
    {% if is_incremental() %}
    inner join changed_months
        on dates.year_month = changed_months.year_month
    {% endif %}
    group by
        dates.year_month,
        lines.product_key,
        lines.product_id
)

select * from sales_by_month_and_product
