with

candidates as (
    {{ candidates(
        "returns",
        delivered=source("staging", "returns"),
        quarantined=source("existing_quarantine", "rejected_returns"),
    ) }}
),

validated as (
    select * from {{ ref("stg_returns") }}
    where
        status <> 'accepted'
        or is_retry
),

rejected as (
    select
        candidates.batch_date,
        candidates.line_number,
        candidates.source_file,
        {{ selected_columns("returns", "candidates") }},
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
