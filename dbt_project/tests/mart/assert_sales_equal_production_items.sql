-- Every item that production accepted is a sale once, whatever versions it was joined
-- to, and no sale outlives its item: a join that loses or multiplies rows would show
-- nowhere else.
with items as (
    {{ items_to_test(ref("transaction_items")) }}
),

sales as (
    {{ items_to_test(ref("fct_sales")) }}
),

validation_errors as (
    select
        items.item_id as production_item_id,
        sales.item_id as sales_item_id,
        items.line_total,
        sales.revenue_amount
    from items
    full outer join sales
        on items.item_id = sales.item_id
    where
        items.item_id is null
        or sales.item_id is null
        or items.line_total <> sales.revenue_amount
        or items.quantity <> sales.quantity
)

select * from validation_errors
