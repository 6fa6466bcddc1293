{{ config(
    unique_key=["table_name", "row_key", "code"],
    pre_hook="{{ delete_warnings() }}",
    post_hook="{{ delete_resolved_warnings() }}",
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

expected_age_groups as (
    select * from {{ ref("expected_age_groups") }}
),

categories as (
    select * from {{ ref("categories") }}
),

payment_methods as (
    select * from {{ ref("payment_methods") }}
),

transactions as {{ not_materialized_step() }} (
    select * from {{ ref("transactions") }}
),

transaction_items as (
    select * from {{ ref("transaction_items") }}
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

double_orders as (
    -- a transaction may have several twins
    select distinct delivered_transactions.transaction_id
    from delivered_transactions
    inner join transactions as twins
        on
            delivered_transactions.customer_id = twins.customer_id
            and delivered_transactions.transaction_date = twins.transaction_date
            and delivered_transactions.total_amount = twins.total_amount
            and delivered_transactions.transaction_id <> twins.transaction_id
),

validated_customers as (
    select
        'customers' as table_name,
        delivered_customers.customer_id as row_key,
        {{ reasons([
            ("unknown:age_group",
                "delivered_customers.age_group is not null"
                ~ " and expected_age_groups.age_group is null"),
        ]) }} as codes
    from delivered_customers
    left join expected_age_groups
        on delivered_customers.age_group = expected_age_groups.age_group
),

validated_products as (
    select
        'products' as table_name,
        delivered_products.product_id as row_key,
        {{ reasons([("unknown:category", "not categories.is_expected")]) }} as codes
    from delivered_products
    inner join categories
        on delivered_products.category = categories.category_name
),

validated_transactions as (
    select
        'transactions' as table_name,
        delivered_transactions.transaction_id as row_key,
        {{ reasons([
            ("unknown:payment_method", "not payment_methods.is_expected"),
            ("before_registration:transaction_date",
                "delivered_transactions.transaction_date < customers.registration_date"),
            ("total:total_amount",
                "abs(delivered_transactions.total_amount"
                ~ " - coalesce(items_summed_by_transaction.items_amount, 0)) > "
                ~ var("header_total_tolerance")),
            ("double_order:transaction_id", "double_orders.transaction_id is not null"),
        ]) }} as codes
    from delivered_transactions
    inner join customers
        on delivered_transactions.customer_id = customers.customer_id
    inner join payment_methods
        on
            delivered_transactions.payment_method_name
            = payment_methods.payment_method_name
    left join items_summed_by_transaction
        on
            delivered_transactions.transaction_id
            = items_summed_by_transaction.transaction_id
    left join double_orders
        on delivered_transactions.transaction_id = double_orders.transaction_id
),

normalised_rows as (
    {%- for table, file in var("delivered_tables").items() %}
    select
        '{{ table }}' as table_name,
        {{ file.key }} as row_key,
        notes as codes
    from {{ ref("stg_" ~ table) }}
    where
        verdict = 'accepted'
        and not {{ is_clean("notes") }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

validated_rows as (
    select * from validated_customers
    union all
    select * from validated_products
    union all
    select * from validated_transactions
    union all
    select * from normalised_rows
),

row_warnings as (
    select
        cast(table_name as {{ dbt.type_string() }}) as table_name,
        cast(row_key as {{ dbt.type_string() }}) as row_key,
        {{ each_of("codes") }} as code,
        {{ logical_date() }} as batch_date
    from validated_rows
)

select * from row_warnings
