{#-
    Before the warnings of this run are merged: those of the same rows go, so that one that no longer holds is not
    kept. One statement in a macro: Spark runs no two at once.
-#}
{% macro delete_warnings(delivered_rows) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where (table_name, row_key) in (
            {%- for table, rows in delivered_rows.items() %}
            select
                '{{ table }}',
                {{ var("delivered_tables")[table].key }}
            from {{ rows }}
            where status = 'accepted'
            {{ "union all" if not loop.last }}
            {%- endfor %}
        )
    {%- endif -%}
{%- endmacro %}

{#- And those of transactions that are looked at again, but for the notes on what was delivered. -#}
{% macro delete_warnings_of_transactions(checked_transactions) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            table_name = 'transactions'
            and split_part(code, ':', 1) not in ('{{ note_rules() | join("', '") }}')
            and row_key in (select transaction_id from {{ checked_transactions }})
    {%- endif -%}
{%- endmacro %}

{#-
    After the warnings of this run are merged: what no longer holds for a row that was not delivered goes. So does the
    twin of a double order that was corrected,
-#}
{% macro delete_resolved_twins(transactions) -%}
    delete from {{ this }} as warned
    where
        warned.code = 'double_order:transaction_id'
        and not exists (
            select 1
            from {{ transactions }} as transactions
            inner join {{ transactions }} as twins
                on
                    transactions.customer_id = twins.customer_id
                    and transactions.transaction_date = twins.transaction_date
                    and transactions.total_amount = twins.total_amount
                    and transactions.transaction_id <> twins.transaction_id
            where transactions.transaction_id = warned.row_key
        )
{%- endmacro %}

{#- and a total that an unpublished run of the day had put off. -#}
{% macro delete_resolved_totals(transactions, transaction_items) -%}
    delete from {{ this }} as warned
    where
        warned.code = 'total:total_amount'
        and warned.batch_date = {{ logical_date() }}
        and exists (
            select 1
            from {{ transactions }} as transactions
            where
                transactions.transaction_id = warned.row_key
                and abs(transactions.total_amount - (
                    select coalesce(sum(transaction_items.line_total), 0)
                    from {{ transaction_items }} as transaction_items
                    where transaction_items.transaction_id = transactions.transaction_id
                )) <= {{ var("header_total_tolerance") }}
        )
{%- endmacro %}
