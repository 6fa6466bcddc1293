{{ config(unique_key="return_id") }}
with

returns as (
    select
        return_id,
        item_id,
        return_date,
        quantity,
        refund_amount,
        reason
    from {{ ref("stg_returns") }}
    where status = 'accepted'
),

{{ only_changes("returns", key=["return_id"], delivered="returns") }}
