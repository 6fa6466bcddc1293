with daily_sales as (
    select * from {{ ref("agg_daily_sales") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

sales_by_month_and_customer as (
    select * from {{ ref("int_sales_by_month_and_customer") }}
),

-- A transaction has one day: transactions may be added up over days, customers may not.
sales_by_month as (
    select
        dates.year_month,
        {{ month_number("dates.year_month") }} as month_number,
        cast(sum(daily_sales.transaction_count) as bigint) as transaction_count,
        cast(sum(daily_sales.total_gross) as numeric(38, 2)) as total_gross,
        cast(sum(daily_sales.total_discount) as numeric(38, 2)) as total_discount,
        cast(sum(daily_sales.total_revenue) as numeric(38, 2)) as total_revenue,
        cast(sum(daily_sales.units_returned) as bigint) as units_returned,
        cast(sum(daily_sales.total_returns) as numeric(38, 2)) as total_returns,
        cast(sum(daily_sales.net_sales) as numeric(38, 2)) as net_sales,
        cast(
            {{ ratio(
                "100.0 * sum(daily_sales.units_returned)",
                "sum(daily_sales.total_units)",
            ) }}
            as numeric(38, 2)
        ) as return_rate_pct,
        cast(sum(daily_sales.profit_after_returns) as numeric(38, 2))
            as profit_after_returns
    from daily_sales
    inner join dates
        on daily_sales.date_key = dates.date_key
    group by dates.year_month
),

buyers_by_month as (
    select
        year_month,
        sum(customer_count) as unique_customers
    from sales_by_month_and_customer
    group by year_month
),

months_with_growth as (
    select
        months.year_month,
        months.total_revenue,
        months.transaction_count as total_transactions,
        cast(
            {{ ratio("months.total_revenue", "months.transaction_count") }}
            as numeric(38, 2)
        ) as average_order_value,
        coalesce(buyers_by_month.unique_customers, 0) as unique_customers,
        cast(
            {{ ratio(
                "100 * (months.total_revenue - previous_months.total_revenue)",
                "previous_months.total_revenue",
            ) }}
            as numeric(38, 2)
        ) as revenue_growth_pct,
        months.total_gross,
        months.total_discount,
        months.units_returned,
        months.total_returns,
        months.net_sales,
        months.return_rate_pct,
        months.profit_after_returns
    from sales_by_month as months
    left join buyers_by_month
        on months.year_month = buyers_by_month.year_month
    left join sales_by_month as previous_months
        on months.month_number = previous_months.month_number + 1
)

select * from months_with_growth
