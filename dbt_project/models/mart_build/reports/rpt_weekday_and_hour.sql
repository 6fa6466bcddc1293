with sales_by_day_and_hour as (
    select * from {{ ref("int_sales_by_day_and_hour") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

sales_by_weekday_and_hour as (
    select
        dates.iso_weekday as day_of_week,
        dates.day_name,
        sales.hour_of_day,
        cast(sum(sales.transaction_count) as bigint) as total_transactions,
        cast(sum(sales.total_revenue) as numeric(38, 2)) as total_revenue
    from sales_by_day_and_hour as sales
    inner join dates
        on sales.date_key = dates.date_key
    group by
        dates.iso_weekday,
        dates.day_name,
        sales.hour_of_day
)

select * from sales_by_weekday_and_hour
