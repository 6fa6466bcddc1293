-- To the cent: the line totals in the file are those that production took as revenue
-- plus those in quarantine. The file is summed from staging, which has all its records;
-- a line that is no record, or a total that is no number, has no amount on either side.
with

delivered as (
    select
        _line_number as line_number,
        {{ try_to_decimal(clean_number("line_total"), 14, 2) }} as line_total
    from {{ source("staging", "transaction_items") }}
),

quarantined as (
    select
        line_number,
        {{ try_to_decimal(clean_number("line_total"), 14, 2) }} as line_total
    from {{ ref("rejected_transaction_items") }}
    where batch_date = {{ logical_date() }}
),

accepted as (
    select transaction_items.line_total
    from {{ ref("stg_transaction_items") }} as stg_transaction_items
    inner join {{ ref("transaction_items") }} as transaction_items
        on stg_transaction_items.item_id = transaction_items.item_id
    where
        stg_transaction_items.status = 'accepted'
        and not stg_transaction_items.is_retry
),

amounts as (
    select
        'delivered' as kind,
        line_total
    from delivered
    union all
    select
        'accepted' as kind,
        line_total
    from accepted
    union all
    select
        'quarantined' as kind,
        line_total
    from quarantined
),

validation_errors as (
    select
        sum(case when kind = 'delivered' then line_total else 0 end)
            as delivered_amount,
        sum(case when kind = 'delivered' then 0 else line_total end) as found_amount
    from amounts
    having
        sum(case when kind = 'delivered' then line_total else 0 end)
        <> sum(case when kind = 'delivered' then 0 else line_total end)
)

select * from validation_errors
