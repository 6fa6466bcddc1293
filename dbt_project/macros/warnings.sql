{#-
    The transactions whose warnings are validated anew: the header or an item of theirs was accepted, an item left them (by what
    is published so far), or their customer was accepted.
-#}
{% macro delivered_transaction_ids() -%}
    {%- set published_sales = source("existing_mart", "fct_sales") -%}
    select transaction_id
    from {{ ref("stg_transactions") }}
    where verdict = 'accepted'

    union distinct

    select transaction_id
    from {{ ref("stg_transaction_items") }}
    where verdict = 'accepted'

    union distinct

    select transactions.transaction_id
    from {{ ref("transactions") }} as transactions
    inner join {{ ref("stg_customers") }} as stg_customers
        on transactions.customer_id = stg_customers.customer_id
    where stg_customers.verdict = 'accepted'
    {%- if exists_already(published_sales) %}

    union distinct

    select sales.transaction_id
    from {{ published_sales }} as sales
    inner join {{ ref("stg_transaction_items") }} as stg_transaction_items
        on sales.item_id = stg_transaction_items.item_id
    where stg_transaction_items.verdict = 'accepted'
    {%- endif %}
{%- endmacro %}

{#- Before the warnings of this run are merged: those of the same rows go, so that one that no longer holds is not kept. -#}
{% macro delete_warnings() -%}
    {%- if is_incremental() -%}
        {%- for table, file in var("delivered_tables").items() %}
        delete from {{ this }} as warned
        using {{ ref("stg_" ~ table) }} as delivered
        where
            warned.table_name = '{{ table }}'
            and warned.row_key = delivered.{{ file.key }}
            and delivered.verdict = 'accepted';
        {%- endfor %}
        delete from {{ this }} as warned
        using ({{ delivered_transaction_ids() }}) as delivered
        where
            warned.table_name = 'transactions'
            and warned.row_key = delivered.transaction_id
            and split_part(warned.code, ':', 1) not in ('{{ note_rules() | join("', '") }}')
    {%- endif -%}
{%- endmacro %}

{#-
    After the warnings of this run are merged: what no longer holds for a row that was not delivered goes, the twin of a
    double order that was corrected, and a total that an unpublished run of the day had put off.
-#}
{% macro delete_resolved_warnings() -%}
    delete from {{ this }} as warned
    where
        warned.code = 'double_order:transaction_id'
        and not exists (
            select 1
            from {{ ref("transactions") }} as transactions
            inner join {{ ref("transactions") }} as twins
                on
                    transactions.customer_id = twins.customer_id
                    and transactions.transaction_date = twins.transaction_date
                    and transactions.total_amount = twins.total_amount
                    and transactions.transaction_id <> twins.transaction_id
            where transactions.transaction_id = warned.row_key
        );

    delete from {{ this }} as warned
    where
        warned.code = 'total:total_amount'
        and warned.batch_date = {{ logical_date() }}
        and exists (
            select 1
            from {{ ref("transactions") }} as transactions
            where
                transactions.transaction_id = warned.row_key
                and abs(transactions.total_amount - (
                    select coalesce(sum(transaction_items.line_total), 0)
                    from {{ ref("transaction_items") }} as transaction_items
                    where transaction_items.transaction_id = warned.row_key
                )) <= {{ var("header_total_tolerance") }}
        )
{%- endmacro %}
