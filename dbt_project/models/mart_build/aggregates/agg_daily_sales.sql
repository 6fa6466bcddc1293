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
    {{ each_changed_day() }}
),

sales as (
    select * from {{ ref("fct_sales") }}
),

returns as (
    select * from {{ ref("fct_returns") }}
),

movements as (
    {{ sales_and_returns("sales", "returns") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

sales_by_day as (
    select
        movements.date_key,
        dates.full_date,
        count(distinct movements.transaction_id) as transaction_count,
        count(distinct case
            when movements.line_count = 1 then movements.customer_id
        end) as unique_customers,
        sum(movements.quantity) as total_units,
        cast(sum(movements.gross_amount) as numeric(38, 2)) as total_gross,
        cast(sum(movements.discount_amount) as numeric(38, 2)) as total_discount,
        cast(sum(movements.revenue_amount) as numeric(38, 2)) as total_revenue,
        cast(sum(movements.cost_amount) as numeric(38, 2)) as total_cost,
        cast(sum(movements.profit_amount) as numeric(38, 2)) as total_profit,
        sum(movements.returned_quantity) as units_returned,
        cast(sum(movements.refund_amount) as numeric(38, 2)) as total_returns,
        cast(sum(movements.lost_profit_amount) as numeric(38, 2)) as lost_profit
    from movements
    {% if is_incremental() %}
    inner join changed_days
        on movements.date_key = changed_days.date_key
    {% endif %}
    inner join dates
        on movements.date_key = dates.date_key
    group by
        movements.date_key,
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
