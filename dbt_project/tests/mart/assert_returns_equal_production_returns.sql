-- Every return that production accepted is in the fact once, on its own day, of the
-- customer and the product of its sale; and the fact has no other.
with dates as (
    {{ rows_to_test(ref("dim_dates"), "date_key") }}
),

fact as (
    {{ rows_to_test(ref("fct_returns"), "date_key") }}
),

returns as (
    select * from {{ ref("returns") }}
),

returns_to_test as (
    select
        returns.*,
        dates.date_key
    from returns
    inner join dates
        on returns.return_date = dates.full_date
),

sales as (
    select * from {{ ref("fct_sales") }}
    where item_id in (select returns_to_test.item_id from returns_to_test)
),

returns_of_sales as (
    select
        returns_to_test.return_id,
        returns_to_test.quantity,
        returns_to_test.refund_amount,
        returns_to_test.date_key,
        sales.customer_key,
        sales.product_key
    from returns_to_test
    left join sales
        on returns_to_test.item_id = sales.item_id
),

validation_errors as (
    select
        returns_of_sales.return_id as production_return_id,
        fact.return_id as fact_return_id
    from returns_of_sales
    full outer join fact
        on returns_of_sales.return_id = fact.return_id
    where
        returns_of_sales.return_id is null
        or fact.return_id is null
        or returns_of_sales.quantity <> fact.returned_quantity
        or returns_of_sales.refund_amount <> fact.refund_amount
        or returns_of_sales.date_key <> fact.date_key
        or returns_of_sales.customer_key is distinct from fact.customer_key
        or returns_of_sales.product_key is distinct from fact.product_key
)

select * from validation_errors
