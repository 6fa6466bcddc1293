-- The retail calendar (NRF) has quarters of 4, 5 and 4 weeks.
{{ config(materialized="ephemeral", contract={"enforced": false}) }}
{%- set calendar_year = date_part("year", "full_date") %}
with

days as (
    select * from {{ ref("int_days") }}
),

days_in_years as (
    select
        full_date,
        case
            when full_date >= {{ retail_year_start(calendar_year) }}
                then {{ calendar_year }}
            else {{ calendar_year }} - 1
        end as retail_year
    from days
),

days_in_weeks as (
    select
        *,
        cast(floor(
            {{ days_between(retail_year_start("retail_year"), "full_date") }} / 7.0
        ) as integer) + 1 as retail_week
    from days_in_years
),

days_in_quarters as (
    select
        *,
        -- the 53rd week of a long year belongs to its last quarter
        least(cast(ceil(retail_week / 13.0) as integer), 4) as retail_quarter
    from days_in_weeks
),

days_in_weeks_of_quarters as (
    select
        *,
        retail_week - (retail_quarter - 1) * 13 as week_of_quarter
    from days_in_quarters
),

retail_days as (
    select
        full_date,
        retail_year,
        retail_quarter,
        (retail_quarter - 1) * 3
        + case
            when week_of_quarter <= 4 then 1
            when week_of_quarter <= 9 then 2
            else 3
        end as retail_period,
        retail_week
    from days_in_weeks_of_quarters
)

select * from retail_days
