with daily_sales as (
    select * from {{ ref("agg_daily_sales") }}
    where transaction_count > 0
),

dates as (
    select * from {{ ref("dim_dates") }}
),

weekdays as (
    select
        dates.iso_weekday as day_of_week,
        dates.day_name,
        cast(
            {{ ratio("sum(daily_sales.total_revenue)", "count(*)") }} as numeric(38, 2)
        ) as avg_daily_revenue,
        cast(
            {{ ratio("sum(daily_sales.transaction_count)", "count(*)") }}
            as numeric(38, 2)
        ) as avg_daily_transactions,
        cast(sum(daily_sales.total_revenue) as numeric(38, 2)) as total_revenue
    from daily_sales
    inner join dates
        on daily_sales.date_key = dates.date_key
    group by
        dates.iso_weekday,
        dates.day_name
)

select * from weekdays
