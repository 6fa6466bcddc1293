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

sales_by_month_and_customer as (
    select
        dates.year_month,
        sales.customer_key,
        sales.customer_id,
        count(distinct sales.transaction_id) as transaction_count,
        sum(sales.quantity) as total_units,
        cast(sum(sales.revenue_amount) as numeric(38, 2)) as total_revenue,
        cast(sum(sales.profit_amount) as numeric(38, 2)) as total_profit,
        min(dates.full_date) as first_purchase_date,
        max(dates.full_date) as last_purchase_date
    from sales
    inner join dates
        on sales.date_key = dates.date_key
    {% if is_incremental() %}
    inner join changed_months
        on dates.year_month = changed_months.year_month
    {% endif %}
    group by
        dates.year_month,
        sales.customer_key,
        sales.customer_id
),

-- Versions of a customer cannot be added up to customers: one of a month's counts.
customers_counted_once as (
    select
        *,
        cast(case
            when
                row_number() over (
                    partition by year_month, customer_id
                    order by first_purchase_date asc, customer_key asc
                ) = 1
                then 1
            else 0
        end as integer) as customer_count
    from sales_by_month_and_customer
)

select * from customers_counted_once
