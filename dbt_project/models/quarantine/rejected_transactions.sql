with

candidates as (
    {{ candidates(
        "transactions",
        delivered=source("staging", "transactions"),
        quarantined=source("existing_quarantine", "rejected_transactions"),
    ) }}
),

validated as (
    select * from {{ ref("stg_transactions") }}
    where
        verdict <> 'accepted'
        or is_retry
),

rejected as (
    select
        candidates.batch_date,
        candidates.line_number,
        candidates.source_file,
        {{ selected_columns("transactions", "candidates") }},
        {{ settled_verdict("candidates", "validated") }}
    from candidates
    inner join validated
        on
            candidates.batch_date = validated.batch_date
            and candidates.line_number = validated.line_number
),

changed as (
    {{ changed_verdicts("rejected") }}
)

select * from changed
