{%- set watermark = sales_watermark() -%}

with transactions as (
    select * from {{ ref("transactions") }}
),

transaction_items as {{ not_materialized_step() }} (
    select * from {{ ref("transaction_items") }}
),

{% if watermark %}
-- A second run of a day may give the versions that begin on it other values: what was
-- sold since then is looked at again, changed or not.
recent_transactions as (
    select transaction_id
    from transactions
    where
        updated_at >= cast('{{ watermark }}' as timestamp)
        or transaction_date >= cast('{{ watermark }}' as date)
),

changed_items as (
    select
        item_id,
        transaction_id
    from transaction_items
    where updated_at >= cast('{{ watermark }}' as timestamp)
    -- an item may be recent itself and belong to a recent transaction
    union distinct
    select
        transaction_items.item_id,
        transaction_items.transaction_id
    from transaction_items
    inner join recent_transactions
        on transaction_items.transaction_id = recent_transactions.transaction_id
)
{% else %}
-- the fact is built from all items, and needs no list of them
changed_items as (
    select
        item_id,
        transaction_id
    from transaction_items
    where 1 = 0
)
{% endif %}

select * from changed_items
