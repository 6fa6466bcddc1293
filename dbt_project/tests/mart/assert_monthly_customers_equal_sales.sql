{%- set measures = [
    "transaction_count",
    "total_units",
    "total_revenue",
    "total_profit",
    "first_purchase_date",
    "last_purchase_date",
] %}

-- Customers of a month cannot be added up from its days: they are the customers who
-- have a row for it. A row too many or too few, or a month that counted others, shows
-- here; no total would tell.
with sales as (
    select * from {{ ref("fct_sales") }}
),

dates as (
    {{ rows_to_test(ref("dim_dates"), "year_month") }}
),

buyers as (
    {{ rows_to_test(ref("int_sales_by_month_and_customer"), "year_month") }}
),

buyers_with_sales as (
    select * from buyers
    where transaction_count > 0
),

months as (
    {{ rows_to_test(ref("rpt_monthly_trend"), "year_month") }}
),

sales_grouped as (
    select
        dates.year_month,
        sales.customer_key,
        sales.customer_id,
        count(distinct sales.transaction_id) as transaction_count,
        sum(sales.quantity) as total_units,
        sum(sales.revenue_amount) as total_revenue,
        sum(sales.profit_amount) as total_profit,
        cast(min(sales.sold_at) as date) as first_purchase_date,
        cast(max(sales.sold_at) as date) as last_purchase_date
    from sales
    inner join dates
        on sales.date_key = dates.date_key
    group by
        dates.year_month,
        sales.customer_key,
        sales.customer_id
),

counted as (
    select
        year_month,
        count(distinct customer_id) as unique_customers
    from sales_grouped
    group by year_month
),

validation_errors as (
    select
        coalesce(buyers.year_month, sales_grouped.year_month) as year_month,
        coalesce(buyers.customer_id, sales_grouped.customer_id) as customer_id
    from buyers_with_sales as buyers
    full outer join sales_grouped
        on
            buyers.customer_key = sales_grouped.customer_key
            and buyers.year_month = sales_grouped.year_month
    where
        buyers.customer_id is null
        or sales_grouped.customer_id is null
        or {{ differs("buyers", "sales_grouped", measures) }}

    union all

    select
        coalesce(months.year_month, counted.year_month) as year_month,
        null as customer_id
    from months
    full outer join counted
        on months.year_month = counted.year_month
    where
        months.year_month is null
        or coalesce(counted.unique_customers, 0) <> months.unique_customers
)

select * from validation_errors
