{{ config(unique_key=["batch_date", "measure"]) }}
with

batch_counts as (
    select * from {{ ref("batch_counts") }}
),

quality_counts as (
    select * from {{ ref("quality_counts") }}
),

measured as (
    select
        batch_date,
        'rows of ' || table_name as measure,
        cast(delivered_count as numeric(38, 2)) as amount,
        cast({{ var("unusual_batch_rows") }} as numeric(38, 2)) as leeway
    from batch_counts

    union all

    select
        batch_date,
        'revenue' as measure,
        accepted_amount as amount,
        cast(0 as numeric(38, 2)) as leeway
    from quality_counts
    where
        table_name = 'transaction_items'
        and dimension = 'all'
),

-- the batch itself and those of its weekday before it, no more
comparable as (
    select
        *,
        batch_date = {{ logical_date() }} as is_newest
    from measured
    where
        batch_date <= {{ logical_date() }}
        and batch_date >= {{ add_days(logical_date(), -7 * var("usual_day_weeks")) }}
        and {{ days_between("batch_date", logical_date()) }} % 7 = 0
),

newest as (
    select * from comparable
    where is_newest
),

medians as (
    select
        measure,
        count(*) as point_count,
        {{ median("amount") }} as median
    from comparable
    where not is_newest
    group by measure
),

deviations as (
    select
        medians.measure,
        medians.point_count,
        medians.median,
        {{ median("abs(comparable.amount - medians.median)") }}
            as median_deviation
    from medians
    inner join comparable
        on medians.measure = comparable.measure
    where not comparable.is_newest
    group by
        medians.measure,
        medians.point_count,
        medians.median
),

batch_anomalies as (
    select
        newest.batch_date,
        cast(newest.measure as {{ dbt.type_string() }}) as measure,
        cast(newest.amount as numeric(38, 2)) as amount,
        cast(coalesce(deviations.point_count, 0) as integer) as point_count,
        cast(deviations.median as numeric(38, 2)) as usual_amount,
        cast(deviations.median_deviation as numeric(38, 2)) as usual_deviation,
        case
            when deviations.point_count >= {{ var("usual_day_min_points") }}
                then {{ is_anomalous(
                    "newest.amount", "deviations.median", "deviations.median_deviation",
                    var("unusual_batch_deviations"), var("unusual_batch_share"),
                    "newest.leeway",
                ) }}
        end as is_anomaly
    from newest
    left join deviations
        on newest.measure = deviations.measure
)

select * from batch_anomalies
