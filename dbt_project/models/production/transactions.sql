{{ config(unique_key="transaction_id") }}
with

transactions as (
    select
        transaction_id,
        customer_id,
        transaction_date,
        transaction_time,
        payment_method as payment_method_name,
        shipping_address,
        total_amount
    from {{ ref("stg_transactions") }}
    where status = 'accepted'
),

{{ only_changes("transactions", key=["transaction_id"], delivered="transactions") }}
