{{ config(
    unique_key=["table_name", "row_key", "code"],
    pre_hook="{{ forget_warnings() }}",
) }}
with

delivered_customers as (
    select * from {{ ref("stg_customers") }}
    where verdict = 'accepted'
),

delivered_products as (
    select * from {{ ref("stg_products") }}
    where verdict = 'accepted'
),

delivered_transaction_ids as (
    {{ delivered_transaction_ids() }}
),

customers as (
    select * from {{ ref("customers") }}
),

categories as (
    select * from {{ ref("categories") }}
),

payment_methods as (
    select * from {{ ref("payment_methods") }}
),

transactions as (
    select * from {{ ref("transactions") }}
),

transaction_items as (
    select * from {{ ref("transaction_items") }}
),

expected_age_groups as (
    select * from {{ ref("expected_age_groups") }}
),

delivered_transactions as (
    select transactions.*
    from transactions
    inner join delivered_transaction_ids
        on transactions.transaction_id = delivered_transaction_ids.transaction_id
),

items_summed_by_transaction as (
    select
        transaction_items.transaction_id,
        sum(transaction_items.line_total) as items_amount
    from transaction_items
    inner join delivered_transaction_ids
        on transaction_items.transaction_id = delivered_transaction_ids.transaction_id
    group by transaction_items.transaction_id
),

unknown_age_groups as (
    select
        'customers' as table_name,
        delivered_customers.customer_id as row_key,
        'unknown:age_group' as code
    from delivered_customers
    left join expected_age_groups
        on delivered_customers.age_group = expected_age_groups.age_group
    where
        delivered_customers.age_group is not null
        and expected_age_groups.age_group is null
),

unknown_categories as (
    select
        'products' as table_name,
        delivered_products.product_id as row_key,
        'unknown:category' as code
    from delivered_products
    inner join categories
        on delivered_products.category = categories.category_name
    where not categories.is_expected
),

unknown_payment_methods as (
    select
        'transactions' as table_name,
        delivered_transactions.transaction_id as row_key,
        'unknown:payment_method' as code
    from delivered_transactions
    inner join payment_methods
        on
            delivered_transactions.payment_method_name
            = payment_methods.payment_method_name
    where not payment_methods.is_expected
),

sales_before_registration as (
    select
        'transactions' as table_name,
        delivered_transactions.transaction_id as row_key,
        'before_registration:transaction_date' as code
    from delivered_transactions
    inner join customers
        on delivered_transactions.customer_id = customers.customer_id
    where delivered_transactions.transaction_date < customers.registration_date
),

totals_unlike_their_items as (
    select
        'transactions' as table_name,
        delivered_transactions.transaction_id as row_key,
        'total:total_amount' as code
    from delivered_transactions
    left join items_summed_by_transaction
        on
            delivered_transactions.transaction_id
            = items_summed_by_transaction.transaction_id
    where
        abs(
            delivered_transactions.total_amount
            - coalesce(items_summed_by_transaction.items_amount, 0)
        ) > {{ var("header_total_tolerance") }}
),

double_orders as (
    -- a transaction with several twins is one warning
    select distinct
        'transactions' as table_name,
        delivered_transactions.transaction_id as row_key,
        'double_order:transaction_id' as code
    from delivered_transactions
    inner join transactions as twins
        on
            delivered_transactions.customer_id = twins.customer_id
            and delivered_transactions.transaction_date = twins.transaction_date
            and delivered_transactions.total_amount = twins.total_amount
            and delivered_transactions.transaction_id <> twins.transaction_id
),

row_warnings as (
    select * from unknown_age_groups
    union all
    select * from unknown_categories
    union all
    select * from unknown_payment_methods
    union all
    select * from sales_before_registration
    union all
    select * from totals_unlike_their_items
    union all
    select * from double_orders
),

dated as (
    select
        cast(table_name as {{ dbt.type_string() }}) as table_name,
        cast(row_key as {{ dbt.type_string() }}) as row_key,
        cast(code as {{ dbt.type_string() }}) as code,
        {{ logical_date() }} as batch_date
    from row_warnings
)

select * from dated
