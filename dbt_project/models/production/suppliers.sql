{{ config(unique_key="supplier_id") }}
with

suppliers as (
    -- a supplier comes with each of its products
    select distinct supplier_id from {{ ref("stg_products") }}
    where
        status = 'accepted'
        and supplier_id is not null
),

{{ only_changes("suppliers", key=["supplier_id"]) }}
