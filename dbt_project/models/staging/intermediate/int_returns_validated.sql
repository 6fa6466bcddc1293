with

candidates as (
    {{ candidates(
        "returns",
        delivered=source("staging", "returns"),
        quarantined=source("existing_quarantine", "rejected_returns"),
    ) }}
),

trimmed as (
    select
        {{ origin("candidates") }},
        {{ trimmed_columns("returns") }},
        {{ notes("returns") }} as notes
    from candidates
    {{ optimization_fence() }}
),

items_sold as (
    select * from {{ ref("transaction_items") }}
    where item_id in (select trimmed.item_id from trimmed)
),

transactions as (
    select * from {{ ref("transactions") }}
    where transaction_id in (select items_sold.transaction_id from items_sold)
),

cleaned as (
    select
        {{ origin("trimmed") }},
        {{ typed_columns("returns", "trimmed") }},
        items_sold.item_id as known_item_id,
        items_sold.quantity as sold_quantity,
        items_sold.line_total as paid_amount,
        transactions.transaction_date as sold_on,
        trimmed.notes
    from trimmed
    left join items_sold
        on trimmed.item_id = items_sold.item_id
    left join transactions
        on items_sold.transaction_id = transactions.transaction_id
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
