-- A sale names a day, a payment method, and versions in whose interval it lies: one
-- that a second run of a day took back or split would otherwise stay in the fact, with
-- yesterday's cost.
with sales as (
    {{ rows_to_test(ref("fct_sales"), "date_key") }}
),

dates as (
    select * from {{ ref("dim_dates") }}
),

customers as (
    select * from {{ ref("dim_customers") }}
),

products as (
    select * from {{ ref("dim_products") }}
),

payment_methods as (
    select * from {{ ref("dim_payment_methods") }}
),

validation_errors as (
    select
        sales.item_id,
        dates.full_date,
        customers.valid_from as customer_valid_from,
        customers.valid_to as customer_valid_to,
        products.valid_from as product_valid_from,
        products.valid_to as product_valid_to
    from sales
    left join dates
        on sales.date_key = dates.date_key
    left join customers
        on sales.customer_key = customers.customer_key
    left join products
        on sales.product_key = products.product_key
    left join payment_methods
        on sales.payment_method_key = payment_methods.payment_method_key
    where
        dates.full_date is null
        or customers.customer_key is null
        or products.product_key is null
        or payment_methods.payment_method_key is null
        or dates.full_date < customers.valid_from
        or dates.full_date >= customers.valid_to
        or dates.full_date < products.valid_from
        or dates.full_date >= products.valid_to
        or sales.customer_id <> customers.customer_id
        or sales.product_id <> products.product_id
        or sales.cost_amount <> round(sales.quantity * products.cost, 2)
)

select * from validation_errors
