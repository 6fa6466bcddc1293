-- Customers of a month cannot be added up from its days, so the month counts them
-- itself: the one distinct count that no total reconciles.
with sales as (
    select * from {{ ref("fct_sales") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

monthly_trend as (
    select * from {{ ref("rpt_monthly_trend") }}
),

customers_by_month as (
    select
        dates.year_month,
        count(distinct sales.customer_id) as unique_customers
    from sales
    inner join dates
        on sales.date_key = dates.date_key
    group by dates.year_month
),

validation_errors as (
    select
        monthly_trend.year_month as reported_month,
        customers_by_month.year_month,
        monthly_trend.unique_customers as reported_customers,
        customers_by_month.unique_customers
    from monthly_trend
    full outer join customers_by_month
        on monthly_trend.year_month = customers_by_month.year_month
    where
        monthly_trend.year_month is null
        or customers_by_month.year_month is null
        or monthly_trend.unique_customers <> customers_by_month.unique_customers
)

select * from validation_errors
