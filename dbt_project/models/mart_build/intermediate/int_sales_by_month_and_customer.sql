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

sales_by_month_and_customer as (
    select
        dates.year_month,
        movements.customer_key,
        movements.customer_id,
        count(distinct movements.transaction_id) as transaction_count,
        sum(movements.quantity) as total_units,
        cast(sum(movements.revenue_amount) as numeric(38, 2)) as total_revenue,
        cast(sum(movements.profit_amount) as numeric(38, 2)) as total_profit,
        min(case when movements.line_count = 1 then dates.full_date end)
            as first_purchase_date,
        max(case when movements.line_count = 1 then dates.full_date end)
            as last_purchase_date,
        sum(movements.returned_quantity) as units_returned,
        cast(sum(movements.refund_amount) as numeric(38, 2)) as total_returns,
        cast(sum(movements.lost_profit_amount) as numeric(38, 2)) as lost_profit
    from movements
    inner join dates
        on movements.date_key = dates.date_key
    group by
        dates.year_month,
        movements.customer_key,
        movements.customer_id
),

-- Versions of a customer cannot be added up to customers: one of a month's counts.
customers_counted_once as (
    select
        *,
        cast(case
            when
                transaction_count > 0
                and row_number() over (
                    partition by year_month, customer_id
                    order by first_purchase_date asc nulls last, customer_key asc
                ) = 1
                then 1
            else 0
        end as integer) as customer_count
    from sales_by_month_and_customer
)

select * from customers_counted_once
