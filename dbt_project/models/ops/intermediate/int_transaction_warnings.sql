with

transactions_to_check as (
    select * from {{ ref("int_transactions_to_check") }}
),

transactions as (
    select * from {{ ref("transactions") }}
),

customers as (
    select * from {{ ref("customers") }}
),

payment_methods as (
    select * from {{ ref("payment_methods") }}
),

transaction_warnings as (
    select
        'transactions' as table_name,
        transactions.transaction_id as row_key,
        {{ reasons([
            ("unknown:payment_method", "not payment_methods.is_expected"),
            ("before_registration:transaction_date",
                "transactions.transaction_date < customers.registration_date"),
        ]) }} as codes
    from transactions
    inner join transactions_to_check
        on transactions.transaction_id = transactions_to_check.transaction_id
    inner join customers
        on transactions.customer_id = customers.customer_id
    inner join payment_methods
        on transactions.payment_method_name = payment_methods.payment_method_name
)

select * from transaction_warnings
