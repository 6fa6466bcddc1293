with batch_counts as (
    select * from {{ ref("batch_counts") }}
),

quality_counts as (
    select * from {{ ref("quality_counts") }}
),

scored as (
    select
        {%- for dimension in var("quality_dimensions") %}
        max(
            case when dimension = '{{ dimension }}' then least(rows_pct, money_pct) end
        ) as {{ dimension }}_pct,
        {%- endfor %}
        max(case when dimension = 'all' then money_pct end) as money_pct,
        batch_date,
        table_name
    from quality_counts
    group by
        batch_date,
        table_name
),

counted as (
    select
        batch_counts.*,
        {{ accepted_pct("accepted_count", "delivered_count") }} as rows_pct
    from batch_counts
),

batch_quality as (
    select
        counted.batch_date,
        counted.table_name,
        counted.delivered_count,
        counted.accepted_count,
        counted.quarantined_count,
        counted.resolved_count,
        cast(least(counted.rows_pct, scored.money_pct) as numeric(5, 2)) as quality_pct,
        counted.rows_pct,
        {%- for dimension in var("quality_dimensions") %}
        cast(scored.{{ dimension }}_pct as numeric(5, 2)) as {{ dimension }}_pct,
        {%- endfor %}
        cast(scored.money_pct as numeric(5, 2)) as money_pct
    from counted
    left join scored
        on
            counted.batch_date = scored.batch_date
            and counted.table_name = scored.table_name
)

select * from batch_quality
