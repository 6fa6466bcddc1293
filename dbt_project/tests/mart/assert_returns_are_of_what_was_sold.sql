-- A return is validated when it comes; a sale that is corrected after it may say that
-- less was sold, less paid, or later. What was accepted stays, so this only warns: the
-- shop's files contradict each other, and only the shop knows which is right.
{{ config(severity="warn") }}

with changed_returns as (
    {{ rows_to_test(ref("fct_returns"), "date_key") }}
),

items as (
    -- an item has several returns
    select distinct item_id from changed_returns
),

returns as (
    select * from {{ ref("fct_returns") }}
),

sales as (
    select * from {{ ref("fct_sales") }}
),

validation_errors as (
    select
        sales.item_id,
        sum(returns.returned_quantity) as returned_quantity,
        sum(returns.refund_amount) as refund_amount
    from items
    inner join returns
        on items.item_id = returns.item_id
    inner join sales
        on items.item_id = sales.item_id
    group by
        sales.item_id,
        sales.quantity,
        sales.revenue_amount,
        sales.date_key
    having
        sum(returns.returned_quantity) > sales.quantity
        or sum(returns.refund_amount)
        > sales.revenue_amount + {{ var("refund_tolerance") }}
        or min(returns.date_key) < sales.date_key
)

select * from validation_errors
