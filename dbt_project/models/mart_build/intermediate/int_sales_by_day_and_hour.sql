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

sales_in_hours as (
    select
        sales.date_key,
        sales.transaction_id,
        sales.revenue_amount,
        {{ date_part("hour", "sales.sold_at") }} as hour_of_day
    from sales
    {% if is_incremental() %}
    inner join changed_days
        on sales.date_key = changed_days.date_key
    {% endif %}
),

sales_by_day_and_hour as (
    select
        date_key,
        hour_of_day,
        count(distinct transaction_id) as transaction_count,
        cast(sum(revenue_amount) as numeric(38, 2)) as total_revenue
    from sales_in_hours
    group by
        date_key,
        hour_of_day
)

select * from sales_by_day_and_hour
