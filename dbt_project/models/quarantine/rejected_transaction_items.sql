with

candidates as (
    {{ candidates(
        "transaction_items",
        delivered=source("staging", "transaction_items"),
        quarantined=source("existing_quarantine", "rejected_transaction_items"),
    ) }}
),

validated as (
    select * from {{ ref("stg_transaction_items") }}
    where
        status <> 'accepted'
        or is_retry
),

rejected as (
    select
        candidates.batch_date,
        candidates.line_number,
        candidates.source_file,
        {{ selected_columns("transaction_items", "candidates") }},
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
