{%- set year_of_today = date_part("year", logical_date()) -%}
{%- set month_of_today = date_part("month", logical_date()) -%}

with sales_by_customer_and_month as (
    select * from {{ ref("int_sales_by_customer_and_month") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

months as (
    select
        year_month,
        year * 12 + month as month_number,
        max(full_date) <= {{ logical_date() }} as is_complete
    from dates
    group by
        year_month,
        year,
        month
),

customers_in_cohorts as (
    select
        customer_id,
        min(month_number) as first_month_number
    from sales_by_customer_and_month
    group by customer_id
),

cohorts as (
    select
        first_month_number,
        count(*) as cohort_size
    from customers_in_cohorts
    group by first_month_number
),

active_customers as (
    select
        customers_in_cohorts.first_month_number,
        sales.month_number,
        count(*) as active_customers
    from sales_by_customer_and_month as sales
    inner join customers_in_cohorts
        on sales.customer_id = customers_in_cohorts.customer_id
    group by
        customers_in_cohorts.first_month_number,
        sales.month_number
),

cohort_months as (
    select
        first_months.year_month as cohort_month,
        months.month_number - cohorts.first_month_number as months_since_first,
        cohorts.cohort_size,
        coalesce(active_customers.active_customers, 0) as active_customers,
        cast(case
            when months.is_complete
                then
                    100.0 * coalesce(active_customers.active_customers, 0)
                    / nullif(cohorts.cohort_size, 0)
        end as numeric(5, 2)) as retention_pct
    from cohorts
    inner join months as first_months
        on cohorts.first_month_number = first_months.month_number
    inner join months
        on
            cohorts.first_month_number <= months.month_number
            and months.month_number <= {{ year_of_today }} * 12 + {{ month_of_today }}
    left join active_customers
        on
            cohorts.first_month_number = active_customers.first_month_number
            and months.month_number = active_customers.month_number
)

select * from cohort_months
