with

candidates as (
    {{ candidates(
        "customers",
        delivered=source("staging", "customers"),
        quarantined=source("existing_quarantine", "rejected_customers"),
    ) }}
),

validated as (
    select * from {{ ref("stg_customers") }}
    where
        status <> 'accepted'
        or is_retry
),

rejected as (
    select
        candidates.batch_date,
        candidates.line_number,
        candidates.source_file,
        {{ selected_columns("customers", "candidates") }},
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
