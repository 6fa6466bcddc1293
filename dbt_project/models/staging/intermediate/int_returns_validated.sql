with

candidates as (
    {{ candidates(
        "returns",
        delivered=source("staging", "returns"),
        quarantined=source("existing_quarantine", "rejected_returns"),
    ) }}
),

transactions as (
    select * from {{ ref("transactions") }}
),

transaction_items as (
    select * from {{ ref("transaction_items") }}
),

trimmed as (
    select
        {{ origin("candidates") }},
        {{ trimmed_columns("returns") }},
        {{ notes("returns") }} as notes
    from candidates
    {{ optimization_fence() }}
),

cleaned as (
    select
        {{ origin("trimmed") }},
        {{ typed_columns("returns", "trimmed") }},
        transaction_items.item_id as known_item_id,
        transaction_items.quantity as sold_quantity,
        transaction_items.line_total as paid_amount,
        transactions.transaction_date as sold_on,
        trimmed.notes
    from trimmed
    left join transaction_items
        on trimmed.item_id = transaction_items.item_id
    left join transactions
        on transaction_items.transaction_id = transactions.transaction_id
    {{ optimization_fence() }}
),

validated as (
    select
        cleaned.*,
        {{ reasons(
            declared_rules("returns")
            + [
                ("range:quantity", "quantity <= 0"),
                ("range:refund_amount", as_delivered("refund_amount") ~ " < 0"),
                ("future:return_date", "return_date > " ~ logical_date()),
                ("before_sale:return_date", "return_date < sold_on"),
                ("orphan:item_id", "item_id is not null and known_item_id is null"),
            ]
        ) }} as reasons
    from cleaned
    {{ optimization_fence() }}
)

select * from validated
