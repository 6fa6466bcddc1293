with

returns_validated as (
    select * from {{ ref("int_returns_validated") }}
),

refused_returns as (
    select * from {{ ref("int_refused_returns") }}
),

statuses as (
    select
        returns_validated.*,
        {{ row_status("return_id") }} as status
    from returns_validated
),

with_sums as (
    select
        {{ origin("statuses") }},
        {{ selected_columns("returns", "statuses") }},
        statuses.notes,
        case
            when refused_returns.return_id is null then statuses.reasons
            else refused_returns.reasons
        end as reasons,
        case
            when refused_returns.return_id is null then statuses.status
            else 'open'
        end as status
    from statuses
    left join refused_returns
        on
            statuses.return_id = refused_returns.return_id
            and statuses.status = 'accepted'
),

classified as (
    select
        {{ origin("with_sums") }},
        {{ selected_columns("returns", "with_sums") }},
        with_sums.notes,
        {{ reasons_with_status("returns", "with_sums", "accepted") }} as reasons,
        with_sums.status
    from with_sums
    left join with_sums as accepted
        on
            with_sums.return_id = accepted.return_id
            and with_sums.status = 'duplicate'
            and accepted.status = 'accepted'
)

select * from classified
