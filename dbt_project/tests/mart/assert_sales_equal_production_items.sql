-- Every item that production accepted is a sale once, on the day of its transaction and
-- whatever versions it was joined to, and no sale outlives its item: a join that loses
-- or multiplies rows would show nowhere else.
with dates as (
    {{ rows_to_test(ref("dim_dates"), "date_key") }}
),

sales as (
    {{ rows_to_test(ref("fct_sales"), "date_key") }}
),

transactions as (
    select * from {{ ref("transactions") }}
),

transaction_items as (
    select * from {{ ref("transaction_items") }}
),

items as (
    select
        transaction_items.item_id,
        transaction_items.line_total,
        transaction_items.quantity,
        dates.date_key
    from transaction_items
    inner join transactions
        on transaction_items.transaction_id = transactions.transaction_id
    inner join dates
        on transactions.transaction_date = dates.full_date
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
        or items.date_key <> sales.date_key
)

select * from validation_errors
