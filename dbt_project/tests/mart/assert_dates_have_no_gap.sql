-- A missing day would lose its sales from every report by date; comparisons with the
-- year before need whole years.
with dates as (
    select * from {{ ref("dim_dates") }}
),

neighbours as (
    select
        full_date,
        lag(full_date) over (order by full_date asc) as day_before,
        lead(full_date) over (order by full_date asc) as day_after
    from dates
),

validation_errors as (
    select *
    from neighbours
    where
        (day_before is null and {{ date_key("full_date") }} % 10000 <> 101)
        or (day_after is null and {{ date_key("full_date") }} % 10000 <> 1231)
        or day_before <> {{ add_days("full_date", "-1") }}
)

select * from validation_errors
