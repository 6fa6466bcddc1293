{{ config(unique_key="customer_id") }}
with

customers as (
    select * from {{ ref("stg_customers") }}
    where verdict = 'accepted'
),

{{ only_changes("customers", key=["customer_id"]) }}
