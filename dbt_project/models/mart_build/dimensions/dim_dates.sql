{%- set month_names = (
    "January February March April May June July August September October November December"
) -%}
{%- set day_names = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday" -%}

with days as (
    select * from {{ ref("int_days") }}
),

holidays as (
    select * from {{ ref("holidays") }}
    where country_code = '{{ env_var("SHOP_COUNTRY", var("country_code")) }}'
),

days_in_parts as (
    select
        full_date,
        {{ date_part("year", "full_date") }} as year,
        {{ date_part("quarter", "full_date") }} as quarter,
        {{ date_part("month", "full_date") }} as month,
        {{ date_part("day", "full_date") }} as day,
        {{ date_part("week", "full_date") }} as iso_week,
        {{ iso_weekday("full_date") }} as iso_weekday
    from days
),

days_in_years as (
    select
        *,
        -- an ISO week belongs to the year of its Thursday
        {{ date_part("year", add_days("full_date", "4 - iso_weekday")) }} as iso_year,
        case
            when
                {{ var("fiscal_year_start_month") }} > 1
                and month >= {{ var("fiscal_year_start_month") }}
                then year + 1
            else year
        end as fiscal_year,
        (month - {{ var("fiscal_year_start_month") }} + 12) % 12 + 1 as fiscal_period,
        case
            when full_date >= {{ retail_year_start("year") }} then year
            else year - 1
        end as retail_year
    from days_in_parts
),

days_in_retail_weeks as (
    select
        *,
        cast(floor(
            {{ days_between(retail_year_start("retail_year"), "full_date") }} / 7.0
        ) as integer) + 1 as retail_week
    from days_in_years
),

days_in_retail_quarters as (
    select
        *,
        -- the 53rd week of a long year belongs to its last quarter
        least(cast(ceil(retail_week / 13.0) as integer), 4) as retail_quarter
    from days_in_retail_weeks
),

retail_days as (
    select
        *,
        retail_week - (retail_quarter - 1) * 13 as week_of_quarter
    from days_in_retail_quarters
),

calendar as (
    select
        {{ date_key("retail_days.full_date") }} as date_key,
        retail_days.full_date,
        retail_days.year,
        retail_days.quarter,
        retail_days.month,
        retail_days.day,
        {{ year_month(date_key("retail_days.full_date")) }} as year_month,
        split_part('{{ month_names }}', ' ', retail_days.month) as month_name,
        split_part('{{ day_names }}', ' ', retail_days.iso_weekday) as day_name,
        retail_days.iso_year,
        retail_days.iso_week,
        retail_days.iso_weekday,
        retail_days.fiscal_year,
        cast(ceil(retail_days.fiscal_period / 3.0) as integer) as fiscal_quarter,
        retail_days.fiscal_period,
        retail_days.retail_year,
        retail_days.retail_quarter,
        (retail_days.retail_quarter - 1) * 3
        + case
            when retail_days.week_of_quarter <= 4 then 1
            when retail_days.week_of_quarter <= 9 then 2
            else 3
        end as retail_period,
        retail_days.retail_week,
        holidays.holiday_name,
        retail_days.iso_weekday >= 6 as is_weekend,
        holidays.holiday_date is not null as is_holiday,
        {{ add_days("retail_days.full_date", "-364") }} as comparable_date_last_year
    from retail_days
    left join holidays
        on retail_days.full_date = holidays.holiday_date
)

select * from calendar
