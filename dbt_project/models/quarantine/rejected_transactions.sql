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
        status <> 'accepted'
        or is_retry
),

rejected as (
    select
        candidates.batch_date,
        candidates.line_number,
        candidates.source_file,
        {{ selected_columns("transactions", "candidates") }},
        {{ status_in_quarantine("candidates", "validated") }}
    from candidates
    inner join validated
        on
            candidates.batch_date = validated.batch_date
            and candidates.line_number = validated.line_number
),

changed as (
    {{ changed_rows("rejected") }}
)

select * from changed
