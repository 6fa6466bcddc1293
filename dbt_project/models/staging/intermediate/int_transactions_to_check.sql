{{ config(materialized="table") }}
{%- set sales_before_merge = existing_sales() %}
with

accepted_transactions as (
    select * from {{ ref("stg_transactions") }}
    where status = 'accepted'
),

accepted_items as (
    select * from {{ ref("stg_transaction_items") }}
    where status = 'accepted'
),

accepted_customers as (
    select * from {{ ref("stg_customers") }}
    where status = 'accepted'
),

transactions as (
    select * from {{ ref("transactions") }}
),

transactions_to_check as (
    select transaction_id from accepted_transactions

    union distinct

    select transaction_id from accepted_items

    union distinct

    select transactions.transaction_id
    from transactions
    inner join accepted_customers
        on transactions.customer_id = accepted_customers.customer_id
    {%- if sales_before_merge %}

    union distinct

    -- an item that was accepted for another transaction has left this one
    select sales.transaction_id
    from {{ sales_before_merge }} as sales
    inner join accepted_items
        on sales.item_id = accepted_items.item_id
    {%- endif %}
)

select * from transactions_to_check
