with batch_counts as (
    select * from {{ ref("batch_counts") }}
),

batch_quality as (
    select
        batch_date,
        table_name,
        delivered_count,
        accepted_count,
        quarantined_count,
        resolved_count,
        cast(
            100.0 * accepted_count / nullif(delivered_count, 0) as numeric(5, 2)
        ) as quality_pct
    from batch_counts
)

select * from batch_quality
