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

sales_by_day_and_payment_method as (
    select
        sales.date_key,
        sales.payment_method_key,
        count(distinct sales.transaction_id) as transaction_count,
        cast(sum(sales.revenue_amount) as numeric(38, 2)) as total_revenue
    from sales
    {% if is_incremental() %}
    inner join changed_days
        on sales.date_key = changed_days.date_key
    {% endif %}
    group by
        sales.date_key,
        sales.payment_method_key
)

select * from sales_by_day_and_payment_method
