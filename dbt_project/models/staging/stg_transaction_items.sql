with

candidates as (
    {{ candidates(
        "transaction_items",
        delivered=source("staging", "transaction_items"),
        quarantined=source("existing_quarantine", "rejected_transaction_items"),
    ) }}
),

transactions as (
    select * from {{ ref("transactions") }}
),

products as (
    select * from {{ ref("products") }}
),

trimmed as (
    select
        {{ origin("candidates") }},
        {{ trimmed_columns("transaction_items") }},
        {{ notes("transaction_items") }} as notes
    from candidates
    {{ optimization_fence() }}
),

cleaned as (
    select
        {{ origin("trimmed") }},
        {{ typed_columns("transaction_items", "trimmed") }},
        transactions.transaction_id as known_transaction_id,
        products.product_id as known_product_id,
        trimmed.notes
    from trimmed
    left join transactions
        on trimmed.transaction_id = transactions.transaction_id
    left join products
        on trimmed.product_id = products.product_id
    {{ optimization_fence() }}
),

validated as (
    select
        cleaned.*,
        {{ reasons(
            declared_rules("transaction_items")
            + [
                ("range:quantity", "quantity <= 0"),
                ("range:unit_price", "unit_price <= 0"),
                ("range:discount_percentage",
                    as_delivered("discount_percentage") ~ " not between 0 and 100"),
                ("range:line_total", as_delivered("line_total") ~ " < 0"),
                ("formula:line_total",
                    "abs(" ~ as_delivered("line_total") ~ " - quantity * " ~ as_delivered("unit_price")
                    ~ " * (1 - " ~ as_delivered("discount_percentage") ~ " / 100)) > "
                    ~ var("line_total_tolerance")),
                ("orphan:transaction_id",
                    "transaction_id is not null and known_transaction_id is null"),
                ("orphan:product_id", "product_id is not null and known_product_id is null"),
            ]
        ) }} as reasons
    from cleaned
    {{ optimization_fence() }}
),

statuses as (
    select
        validated.*,
        {{ row_status("item_id") }} as status
    from validated
),

duplicates as (
    select distinct item_id
    from statuses
    where status = 'duplicate'
),

accepted as (
    -- of these keys alone: few of many rows
    select statuses.*
    from statuses
    inner join duplicates
        on statuses.item_id = duplicates.item_id
    where statuses.status = 'accepted'
),

classified as (
    select
        {{ origin("statuses") }},
        {{ selected_columns("transaction_items", "statuses") }},
        statuses.notes,
        {{ reasons_with_status("transaction_items", "statuses", "accepted") }}
            as reasons,
        statuses.status
    from statuses
    left join accepted
        on
            statuses.item_id = accepted.item_id
            and statuses.status = 'duplicate'
)

select * from classified
