with

transactions_to_check as (
    select * from {{ ref("int_transactions_to_check") }}
),

transactions as {{ not_materialized_step() }} (
    select * from {{ ref("transactions") }}
),

double_order_warnings as (
    -- a transaction may have several twins
    select distinct
        'transactions' as table_name,
        transactions.transaction_id as row_key,
        {{ reasons([
            ("double_order:transaction_id", "twins.transaction_id is not null"),
        ]) }} as codes
    from transactions
    inner join transactions_to_check
        on transactions.transaction_id = transactions_to_check.transaction_id
    inner join transactions as twins
        on
            transactions.customer_id = twins.customer_id
            and transactions.transaction_date = twins.transaction_date
            and transactions.total_amount = twins.total_amount
            and transactions.transaction_id <> twins.transaction_id
)

select * from double_order_warnings
