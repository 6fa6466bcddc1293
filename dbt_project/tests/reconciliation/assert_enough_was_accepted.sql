-- A batch of which most was refused is held back: readers keep the figures they have
-- until somebody has looked. A few refused rows never hold anything back.
{%- set least_score = (
    env_var("SHOP_PUBLISH_MIN_SCORE", var("publish_min_score") | string) | float
) %}
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
        and (rows_pct < {{ least_score }} or money_pct < {{ least_score }})
        and delivered_count - accepted_count >= {{ var("publish_min_rejected") }}
)

select * from validation_errors
