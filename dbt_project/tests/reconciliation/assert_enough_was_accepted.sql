-- A batch of which most was refused is held back: readers keep the figures they have
-- until somebody has looked. A few refused rows never hold anything back.
with

quality_counts as (
    select * from {{ ref("quality_counts") }}
),

validation_errors as (
    select
        table_name,
        rows_pct,
        money_pct
    from quality_counts
    where
        batch_date = {{ logical_date() }}
        and dimension = 'all'
        and (rows_pct < {{ publish_gate() }} or money_pct < {{ publish_gate() }})
        and delivered_count - accepted_count >= {{ var("publish_min_rejected") }}
)

select * from validation_errors
