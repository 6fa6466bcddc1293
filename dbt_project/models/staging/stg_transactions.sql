with

candidates as (
    {{ candidates(
        "transactions",
        delivered=source("staging", "transactions"),
        quarantined=source("existing_quarantine", "rejected_transactions"),
    ) }}
),

customers as (
    select * from {{ ref("customers") }}
),

expected_payment_methods as (
    select * from {{ ref("expected_payment_methods") }}
),

trimmed as (
    select
        {{ origin("candidates") }},
        {{ trimmed_columns("transactions") }},
        {{ notes("transactions") }} as notes
    from candidates
    {{ optimization_fence() }}
),

cleaned as (
    select
        {{ origin("trimmed") }},
        {{ typed_columns("transactions", "trimmed", but=["payment_method"]) }},
        customers.customer_id as known_customer_id,
        coalesce(
            expected_payment_methods.payment_method_name, trimmed.payment_method
        ) as payment_method,
        trimmed.notes
    from trimmed
    left join customers
        on trimmed.customer_id = customers.customer_id
    left join expected_payment_methods
        on
            {{ lower_case("trimmed.payment_method") }}
            = {{ lower_case("expected_payment_methods.payment_method_name") }}
    {{ optimization_fence() }}
),

validated as (
    select
        cleaned.*,
        {{ reasons(
            declared_rules("transactions")
            + [
                ("range:total_amount", as_delivered("total_amount") ~ " < 0"),
                ("future:transaction_date", "transaction_date > " ~ logical_date()),
                ("orphan:customer_id", "customer_id is not null and known_customer_id is null"),
            ]
        ) }} as reasons
    from cleaned
    {{ optimization_fence() }}
),

statuses as (
    select
        validated.*,
        {{ row_status("transaction_id") }} as status
    from validated
),

duplicates as (
    select distinct transaction_id
    from statuses
    where status = 'duplicate'
),

accepted as (
    -- of these keys alone: few of many rows
    select statuses.*
    from statuses
    inner join duplicates
        on statuses.transaction_id = duplicates.transaction_id
    where statuses.status = 'accepted'
),

classified as (
    select
        {{ origin("statuses") }},
        {{ selected_columns("transactions", "statuses") }},
        statuses.notes,
        {{ reasons_with_status("transactions", "statuses", "accepted") }} as reasons,
        statuses.status
    from statuses
    left join accepted
        on
            statuses.transaction_id = accepted.transaction_id
            and statuses.status = 'duplicate'
)

select * from classified
