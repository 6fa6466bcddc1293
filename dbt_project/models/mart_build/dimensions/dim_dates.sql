{%- set month_names = (
    "January February March April May June July August September October November December"
) -%}
{%- set day_names = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday" -%}

with days as (
    select * from {{ ref("int_days") }}
),

retail_days as (
    select * from {{ ref("int_retail_days") }}
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
        (month - {{ var("fiscal_year_start_month") }} + 12) % 12 + 1 as fiscal_period
    from days_in_parts
),

calendar as (
    select
        {{ date_key("days_in_years.full_date") }} as date_key,
        days_in_years.full_date,
        days_in_years.year,
        days_in_years.quarter,
        days_in_years.month,
        days_in_years.day,
        {{ year_month(date_key("days_in_years.full_date")) }} as year_month,
        split_part('{{ month_names }}', ' ', days_in_years.month) as month_name,
        split_part('{{ day_names }}', ' ', days_in_years.iso_weekday) as day_name,
        days_in_years.iso_year,
        days_in_years.iso_week,
        days_in_years.iso_weekday,
        days_in_years.fiscal_year,
        cast(ceil(days_in_years.fiscal_period / 3.0) as integer) as fiscal_quarter,
        days_in_years.fiscal_period,
        retail_days.retail_year,
        retail_days.retail_quarter,
        retail_days.retail_period,
        retail_days.retail_week,
        holidays.holiday_name,
        days_in_years.iso_weekday >= 6 as is_weekend,
        holidays.holiday_date is not null as is_holiday,
        {{ add_days("days_in_years.full_date", "-364") }} as comparable_date_last_year
    from days_in_years
    inner join retail_days
        on days_in_years.full_date = retail_days.full_date
    left join holidays
        on days_in_years.full_date = holidays.holiday_date
)

select * from calendar
