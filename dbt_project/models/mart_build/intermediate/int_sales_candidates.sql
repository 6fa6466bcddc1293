{%- set sales_so_far = source("mart_build_so_far", "fct_sales") -%}
{%- set has_watermark = exists_already(sales_so_far) and not should_full_refresh() -%}

with transactions as (
    select * from {{ ref("transactions") }}
),

transaction_items as (
    select * from {{ ref("transaction_items") }}
),

{% if has_watermark %}
watermark as (
    select coalesce(max(updated_at), {{ beginning_of_time() }}) as updated_at
    from {{ sales_so_far }}
),

-- A second run of a day may give the versions that begin on it other values: what was
-- sold since then is looked at again, changed or not.
recent_transactions as (
    select transactions.transaction_id
    from transactions
    inner join watermark
        on
            transactions.updated_at >= watermark.updated_at
            or transactions.transaction_date >= cast(watermark.updated_at as date)
),

candidates as (
    select transaction_items.item_id
    from transaction_items
    inner join watermark
        on transaction_items.updated_at >= watermark.updated_at
    -- an item may be recent itself and belong to a recent transaction
    union distinct
    select transaction_items.item_id
    from transaction_items
    inner join recent_transactions
        on transaction_items.transaction_id = recent_transactions.transaction_id
)
{% else %}
candidates as (
    select transaction_items.item_id
    from transaction_items
    inner join transactions
        on transaction_items.transaction_id = transactions.transaction_id
)
{% endif %}

select * from candidates
