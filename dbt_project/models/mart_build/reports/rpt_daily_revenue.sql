{%- set weeks = var("usual_day_weeks") -%}
{%- set points = var("usual_day_min_points") -%}

with daily_sales as (
    select * from {{ ref("agg_daily_sales") }}
    where transaction_count > 0
),

dates as (
    select * from {{ ref("dim_dates") }}
),

weeks_before as (
    {% for week in range(1, weeks + 1) %}
    select {{ 7 * week }} as days_before
    {{ "union all" if not loop.last }}
    {% endfor %}
),

-- each earlier week by its date; of pairs of days there would be too many
comparable_days as (
    select
        daily_sales.full_date,
        daily_sales.total_revenue,
        previous_days.total_revenue as previous_revenue
    from daily_sales
    cross join weeks_before
    inner join daily_sales as previous_days
        on
            daily_sales.full_date
            = {{ add_days("previous_days.full_date", "weeks_before.days_before") }}
),

medians as (
    select
        full_date,
        {{ median("previous_revenue") }} as median
    from comparable_days
    group by full_date
    having count(*) >= {{ points }}
),

deviations as (
    select
        comparable_days.full_date,
        medians.median,
        {{ median("abs(comparable_days.previous_revenue - medians.median)") }}
            as median_deviation
    from comparable_days
    inner join medians
        on comparable_days.full_date = medians.full_date
    group by
        comparable_days.full_date,
        medians.median
),

days as (
    select
        daily_sales.full_date,
        daily_sales.total_revenue,
        cast(deviations.median as numeric(38, 2)) as expected_revenue,
        cast(deviations.median_deviation as numeric(38, 2)) as usual_deviation,
        coalesce(
            {{ is_anomalous(
                "daily_sales.total_revenue", "deviations.median",
                "deviations.median_deviation", var("unusual_day_deviations"),
                var("unusual_day_share"),
            ) }},
            false
        ) as is_anomaly,
        dates.is_holiday,
        dates.holiday_name
    from daily_sales
    inner join dates
        on daily_sales.date_key = dates.date_key
    left join deviations
        on daily_sales.full_date = deviations.full_date
)

select * from days
