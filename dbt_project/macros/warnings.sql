{#- The transactions whose header or items this run accepted: those whose warnings are judged anew. -#}
{% macro delivered_transaction_ids() -%}
    select transaction_id
    from {{ ref("stg_transactions") }}
    where verdict = 'accepted'

    union distinct

    select transaction_id
    from {{ ref("stg_transaction_items") }}
    where verdict = 'accepted'
{%- endmacro %}

{#- Before the warnings of this run are merged: those of the same rows go, so that one that no longer holds is not kept. -#}
{% macro forget_warnings() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            (table_name = 'transactions' and row_key in ({{ delivered_transaction_ids() }}))
            or (table_name = 'customers' and row_key in (
                select customer_id from {{ ref("stg_customers") }} where verdict = 'accepted'
            ))
            or (table_name = 'products' and row_key in (
                select product_id from {{ ref("stg_products") }} where verdict = 'accepted'
            ))
    {%- endif -%}
{%- endmacro %}
