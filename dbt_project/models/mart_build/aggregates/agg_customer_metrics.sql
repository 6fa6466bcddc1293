with sales_by_month_and_customer as (
    select * from {{ ref("int_sales_by_month_and_customer") }}
),

-- A transaction has one date, so it counts in one month and under one version only, and
-- the counts may be added.
customer_metrics as (
    select
        customer_id,
        cast(sum(transaction_count) as bigint) as transaction_count,
        cast(sum(total_units) as bigint) as total_units,
        cast(sum(total_revenue) as numeric(38, 2)) as total_spent,
        cast(
            {{ ratio("sum(total_revenue)", "sum(transaction_count)") }}
            as numeric(38, 2)
        ) as average_order_value,
        cast(sum(total_profit) as numeric(38, 2)) as total_profit,
        min(first_purchase_date) as first_purchase_date,
        max(last_purchase_date) as last_purchase_date,
        {{ after_returns("total_revenue", "total_units", "total_profit") }}
    from sales_by_month_and_customer
    group by customer_id
)

select * from customer_metrics
