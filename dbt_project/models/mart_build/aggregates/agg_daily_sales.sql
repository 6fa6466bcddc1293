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

returns as (
    select * from {{ ref("fct_returns") }}
),

sales_and_returns as (
    {{ sales_and_returns("sales", "returns") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

sales_by_day as (
    select
        lines.date_key,
        dates.full_date,
        count(distinct lines.transaction_id) as transaction_count,
        count(distinct case when lines.line_count = 1 then lines.customer_id end)
            as unique_customers,
        sum(lines.quantity) as total_units,
        cast(sum(lines.gross_amount) as numeric(38, 2)) as total_gross,
        cast(sum(lines.discount_amount) as numeric(38, 2)) as total_discount,
        cast(sum(lines.revenue_amount) as numeric(38, 2)) as total_revenue,
        cast(sum(lines.cost_amount) as numeric(38, 2)) as total_cost,
        cast(sum(lines.profit_amount) as numeric(38, 2)) as total_profit,
        sum(lines.returned_quantity) as units_returned,
        cast(sum(lines.refund_amount) as numeric(38, 2)) as total_returns,
        cast(sum(lines.lost_profit_amount) as numeric(38, 2)) as lost_profit
    from sales_and_returns as lines
    {% if is_incremental() %}
    inner join changed_days
        on lines.date_key = changed_days.date_key
    {% endif %}
    inner join dates
        on lines.date_key = dates.date_key
    group by
        lines.date_key,
        dates.full_date
),

after_returns as (
    select
        date_key,
        full_date,
        transaction_count,
        unique_customers,
        total_units,
        total_gross,
        total_discount,
        total_revenue,
        total_cost,
        total_profit,
        units_returned,
        total_returns,
        cast(total_revenue - total_returns as numeric(38, 2)) as net_sales,
        cast(
            {{ ratio("100.0 * units_returned", "total_units") }} as numeric(38, 2)
        ) as return_rate_pct,
        cast(total_profit - lost_profit as numeric(38, 2)) as profit_after_returns
    from sales_by_day
)

select * from after_returns
