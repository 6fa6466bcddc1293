{{ config(
    unique_key=["table_name", "row_key", "code"],
    pre_hook=[
        "{{ delete_warnings({
            'customers': ref('stg_customers'),
            'products': ref('stg_products'),
            'transactions': ref('stg_transactions'),
            'transaction_items': ref('stg_transaction_items'),
            'returns': ref('stg_returns'),
        }) }}",
        "{{ delete_warnings_of_transactions(ref('int_transactions_to_check')) }}",
    ],
    post_hook=[
        "{{ delete_resolved_twins(ref('transactions')) }}",
        "{{ delete_resolved_totals(ref('transactions'), ref('transaction_items')) }}",
    ],
) }}
with

warnings_of_all_kinds as (
    select * from {{ ref("int_customer_warnings") }}
    union all
    select * from {{ ref("int_product_warnings") }}
    union all
    select * from {{ ref("int_transaction_warnings") }}
    union all
    select * from {{ ref("int_total_warnings") }}
    union all
    select * from {{ ref("int_double_order_warnings") }}
    union all
    select * from {{ ref("int_row_notes") }}
),

row_warnings as (
    select
        cast(table_name as {{ dbt.type_string() }}) as table_name,
        cast(row_key as {{ dbt.type_string() }}) as row_key,
        {{ each_of("codes") }} as code,
        {{ logical_date() }} as batch_date
    from warnings_of_all_kinds
)

select * from row_warnings
