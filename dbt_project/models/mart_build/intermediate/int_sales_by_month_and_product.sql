{{
    config(
        materialized="incremental",
        incremental_strategy="replace_changed",
        unique_key="year_month",
        on_schema_change="fail",
    )
}}

with changed_months as (
    select year_month from {{ ref("int_changed_days") }}
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
    select dim_dates.* from {{ ref("dim_dates") }} as dim_dates
    {% if is_incremental() %}
    where
        dim_dates.year_month in (
            select changed_months.year_month from changed_months
        )
    {% endif %}
),

sales_by_month_and_product as (
    select
        dates.year_month,
        movements.product_key,
        movements.product_id,
        count(distinct movements.transaction_id) as transaction_count,
        sum(movements.line_count) as line_count,
        sum(movements.quantity) as total_quantity,
        cast(sum(movements.discount_pct) as numeric(38, 4)) as sum_of_discount_pct,
        cast(sum(movements.gross_amount) as numeric(38, 2)) as total_gross,
        cast(sum(movements.discount_amount) as numeric(38, 2)) as total_discount,
        cast(sum(movements.revenue_amount) as numeric(38, 2)) as total_revenue,
        cast(sum(movements.cost_amount) as numeric(38, 2)) as total_cost,
        cast(sum(movements.profit_amount) as numeric(38, 2)) as total_profit,
        sum(movements.returned_quantity) as units_returned,
        cast(sum(movements.refund_amount) as numeric(38, 2)) as total_returns,
        cast(sum(movements.lost_profit_amount) as numeric(38, 2)) as lost_profit
    from movements
    inner join dates
        on movements.date_key = dates.date_key
    group by
        dates.year_month,
        movements.product_key,
        movements.product_id
)

select * from sales_by_month_and_product
