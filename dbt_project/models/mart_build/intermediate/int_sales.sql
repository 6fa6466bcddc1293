-- Ephemeral, because a view would be dropped with every rebuilt dimension it reads; one
-- select without steps, because PostgreSQL then plans it as a part of the query that
-- reads it: a day's few items are looked up by key, however long the history.
{{ config(materialized="ephemeral", contract={"enforced": false}) }}
{%- set changed_items = ref("int_changed_items") %}

-- Prices and costs have four decimals, amounts two: here, and nowhere after, an item's
-- gross and cost are rounded to cents. What is left of them is taken from the rounded
-- ones, so that amounts add up to the cent.
{%- set gross_amount = (
    "cast(transaction_items.quantity * transaction_items.unit_price as numeric(22, 2))"
) %}
{%- set cost_amount = (
    "cast(transaction_items.quantity * products_at_sale.cost as numeric(22, 2))"
) %}

select
    transaction_items.item_id,
    transaction_items.transaction_id,
    {{ date_key("headers.transaction_date") }} as date_key,
    customers_at_sale.customer_key,
    products_at_sale.product_key,
    payment_methods.payment_method_key,
    headers.customer_id,
    transaction_items.product_id,
    transaction_items.quantity,
    cast(transaction_items.unit_price as numeric(14, 4)) as unit_price,
    cast(transaction_items.discount_pct as numeric(7, 4)) as discount_pct,
    {{ gross_amount }} as gross_amount,
    cast(
        {{ gross_amount }} - transaction_items.line_total as numeric(22, 2)
    ) as discount_amount,
    cast(transaction_items.line_total as numeric(14, 2)) as revenue_amount,
    {{ cost_amount }} as cost_amount,
    cast(
        transaction_items.line_total - {{ cost_amount }} as numeric(22, 2)
    ) as profit_amount,
    {{ at_time("headers.transaction_date", "headers.transaction_time") }}
        as sold_at,
    cast(greatest(transaction_items.updated_at, headers.updated_at) as date)
        as updated_date
from
    {{ rows_to_merge(ref("transaction_items"), changed_items, "item_id") }}
        as transaction_items
inner join
    {{ rows_to_merge(ref("transactions"), changed_items, "transaction_id") }}
        as headers
    on transaction_items.transaction_id = headers.transaction_id
left join {{ ref("int_customer_versions") }} as customers_at_sale
    on
        headers.customer_id = customers_at_sale.customer_id
        and headers.transaction_date >= customers_at_sale.valid_from
        and headers.transaction_date < customers_at_sale.valid_to
left join {{ ref("dim_products") }} as products_at_sale
    on
        transaction_items.product_id = products_at_sale.product_id
        and headers.transaction_date >= products_at_sale.valid_from
        and headers.transaction_date < products_at_sale.valid_to
left join {{ ref("dim_payment_methods") }} as payment_methods
    on headers.payment_method_name = payment_methods.payment_method_name
