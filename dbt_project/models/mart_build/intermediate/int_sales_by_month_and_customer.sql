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

sales_by_month_and_customer as (
    select
        dates.year_month,
        lines.customer_key,
        lines.customer_id,
        count(distinct lines.transaction_id) as transaction_count,
        sum(lines.quantity) as total_units,
        cast(sum(lines.revenue_amount) as numeric(38, 2)) as total_revenue,
        cast(sum(lines.profit_amount) as numeric(38, 2)) as total_profit,
        min(case when lines.line_count = 1 then dates.full_date end)
            as first_purchase_date,
        max(case when lines.line_count = 1 then dates.full_date end)
            as last_purchase_date,
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
        lines.customer_key,
        lines.customer_id
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
