{%- set watermark = sales_watermark() -%}

-- depends_on: {{ ref("int_changed_items") }}
with returns as {{ not_materialized_step() }} (
    select * from {{ ref("returns") }}
),

{% if watermark %}
changed_items as (
    select * from {{ ref("int_changed_items") }}
),

changed_returns as (
    select return_id
    from returns
    where updated_at >= cast('{{ watermark }}' as timestamp)
    -- a return may be new itself and be of an item that changed
    union distinct
    select returns.return_id
    from returns
    inner join changed_items
        on returns.item_id = changed_items.item_id
)
{% else %}
-- the fact is built from all returns, and needs no list of them
changed_returns as (
    select return_id
    from returns
    where 1 = 0
)
{% endif %}

select * from changed_returns
