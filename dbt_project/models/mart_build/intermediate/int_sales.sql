-- Ephemeral: a view would be dropped with every rebuilt dimension that it reads, and
-- the two models that need these rows need few of them.
{{ config(materialized="ephemeral", contract={"enforced": false}) }}

with transaction_items as (
    select * from {{ ref("transaction_items") }}
),

transactions as (
    select * from {{ ref("transactions") }}
),

customer_versions as (
    select * from {{ ref("int_customer_versions") }}
),

products as (
    select * from {{ ref("dim_products") }}
),

payment_methods as (
    select * from {{ ref("dim_payment_methods") }}
),

items_joined_to_versions as (
    select
        transaction_items.*,
        transactions.customer_id,
        transactions.transaction_date,
        transactions.transaction_time,
        transactions.updated_at as transaction_updated_at,
        customers_at_sale.customer_key,
        products_at_sale.product_key,
        payment_methods.payment_method_key,
        transaction_items.quantity * transaction_items.unit_price as gross_amount,
        transaction_items.quantity * products_at_sale.cost as cost_amount
    from transaction_items
    inner join transactions
        on transaction_items.transaction_id = transactions.transaction_id
    left join customer_versions as customers_at_sale
        on
            transactions.customer_id = customers_at_sale.customer_id
            and transactions.transaction_date >= customers_at_sale.valid_from
            and transactions.transaction_date < customers_at_sale.valid_to
    left join products as products_at_sale
        on
            transaction_items.product_id = products_at_sale.product_id
            and transactions.transaction_date >= products_at_sale.valid_from
            and transactions.transaction_date < products_at_sale.valid_to
    left join payment_methods
        on transactions.payment_method_name = payment_methods.payment_method_name
),

sales as (
    select
        {{ surrogate_key(["'sale'", "item_id"]) }} as sales_key,
        item_id,
        transaction_id,
        {{ date_key("transaction_date") }} as date_key,
        customer_key,
        product_key,
        payment_method_key,
        customer_id,
        product_id,
        quantity,
        cast(unit_price as numeric(12, 2)) as unit_price,
        cast(discount_pct as numeric(5, 2)) as discount_pct,
        cast(gross_amount as numeric(14, 2)) as gross_amount,
        cast(gross_amount - line_total as numeric(14, 2)) as discount_amount,
        cast(line_total as numeric(14, 2)) as revenue_amount,
        cast(cost_amount as numeric(14, 2)) as cost_amount,
        cast(line_total - cost_amount as numeric(14, 2)) as profit_amount,
        {{ at_time("transaction_date", "transaction_time") }} as sold_at,
        greatest(updated_at, transaction_updated_at) as updated_at
    from items_joined_to_versions
)

select * from sales
