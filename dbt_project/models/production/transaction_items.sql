{{ config(unique_key="item_id") }}
with

transaction_items as (
    select
        item_id,
        transaction_id,
        product_id,
        quantity,
        unit_price,
        discount_percentage as discount_pct,
        line_total
    from {{ ref("stg_transaction_items") }}
    where status = 'accepted'
),

{{ only_changes("transaction_items", key=["item_id"], delivered="transaction_items") }}
