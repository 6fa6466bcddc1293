{#-
    Before the warnings of this run are merged: those of the same rows go, so that one that no longer holds is not
    kept.
-#}
{% macro delete_warnings(delivered_rows, checked_transactions) -%}
    {%- if is_incremental() -%}
        {%- for table, rows in delivered_rows.items() %}
        delete from {{ this }} as warned
        using {{ rows }} as delivered
        where
            warned.table_name = '{{ table }}'
            and warned.row_key = delivered.{{ var("delivered_tables")[table].key }}
            and delivered.status = 'accepted';
        {%- endfor %}
        delete from {{ this }} as warned
        using {{ checked_transactions }} as delivered
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
{% macro delete_resolved_warnings(transactions, transaction_items) -%}
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
        );

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
                    where transaction_items.transaction_id = warned.row_key
                )) <= {{ var("header_total_tolerance") }}
        )
{%- endmacro %}
