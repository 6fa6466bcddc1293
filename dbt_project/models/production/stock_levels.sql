{{ config(unique_key=["product_id", "stock_date"]) }}
with

stock_levels as (
    select
        product_id,
        {{ logical_date() }} as stock_date,
        stock_quantity
    from {{ ref("stg_products") }}
    where status = 'accepted'
),

{{ only_changes("stock_levels", key=["product_id", "stock_date"]) }}
