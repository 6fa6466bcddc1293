{%- set measures = ["transaction_count", "total_revenue"] %}

-- Customers of a month cannot be added up from its days: they are the customers who
-- have a row for it. A row too many or too few, or a month that counted others, shows
-- here; no total would tell.
with sales as (
    {{ sales_to_test_by_month() }}
),

buyers as (
    {{ rows_to_test(
        ref("int_sales_by_customer_and_month"), ["customer_id", "year_month"]
    ) }}
),

months as (
    {{ rows_to_test(ref("rpt_monthly_trend"), ["year_month"]) }}
),

buyers_of_months as (
    {{ rows_to_test(ref("int_sales_by_customer_and_month"), ["year_month"]) }}
),

sales_grouped as (
    select
        customer_id,
        year_month,
        count(distinct transaction_id) as transaction_count,
        sum(revenue_amount) as total_revenue
    from sales
    group by
        customer_id,
        year_month
),

counted as (
    select
        year_month,
        count(*) as unique_customers
    from buyers_of_months
    group by year_month
),

validation_errors as (
    select
        coalesce(buyers.year_month, sales_grouped.year_month) as year_month,
        coalesce(buyers.customer_id, sales_grouped.customer_id) as customer_id
    from buyers
    full outer join sales_grouped
        on
            buyers.customer_id = sales_grouped.customer_id
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
        or counted.year_month is null
        or months.unique_customers <> counted.unique_customers
)

select * from validation_errors
