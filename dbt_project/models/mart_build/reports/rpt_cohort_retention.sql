{%- set year_of_today = date_part("year", logical_date()) -%}
{%- set month_of_today = date_part("month", logical_date()) -%}

with active_customers as (
    select * from {{ ref("int_sales_by_cohort_and_month") }}
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

cohorts as (
    select
        cohort_month,
        {{ month_number("cohort_month") }} as first_month_number,
        -- who belongs to a cohort bought in its month
        active_customers as cohort_size
    from active_customers
    where year_month = cohort_month
),

cohort_months as (
    select
        cohorts.cohort_month,
        months.month_number - cohorts.first_month_number as months_since_first,
        cohorts.cohort_size,
        coalesce(active_customers.active_customers, 0) as active_customers,
        cast(case
            when months.is_complete
                then {{ ratio(
                    "100.0 * coalesce(active_customers.active_customers, 0)",
                    "cohorts.cohort_size",
                ) }}
        end as numeric(5, 2)) as retention_pct
    from cohorts
    inner join months
        on
            cohorts.first_month_number <= months.month_number
            and months.month_number <= {{ year_of_today }} * 12 + {{ month_of_today }}
    left join active_customers
        on
            cohorts.cohort_month = active_customers.cohort_month
            and months.year_month = active_customers.year_month
)

select * from cohort_months
