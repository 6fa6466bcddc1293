with

transactions_to_check as (
    select * from {{ ref("int_transactions_to_check") }}
),

transactions as (
    select * from {{ ref("transactions") }}
),

transaction_items as (
    select * from {{ ref("transaction_items") }}
),

items_summed_by_transaction as (
    select
        transaction_items.transaction_id,
        sum(transaction_items.line_total) as items_amount
    from transaction_items
    inner join transactions_to_check
        on transaction_items.transaction_id = transactions_to_check.transaction_id
    group by transaction_items.transaction_id
),

total_warnings as (
    select
        'transactions' as table_name,
        transactions.transaction_id as row_key,
        {{ reasons([
            ("total:total_amount",
                "abs(transactions.total_amount"
                ~ " - coalesce(items_summed_by_transaction.items_amount, 0)) > "
                ~ var("header_total_tolerance")),
        ]) }} as codes
    from transactions
    inner join transactions_to_check
        on transactions.transaction_id = transactions_to_check.transaction_id
    left join items_summed_by_transaction
        on
            transactions.transaction_id
            = items_summed_by_transaction.transaction_id
)

select * from total_warnings
