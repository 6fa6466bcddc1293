{%- set measures = [
    "transaction_count",
    "total_units",
    "total_spent",
    "total_profit",
    "first_purchase_date",
    "last_purchase_date",
] %}

-- The customers are added up from months, of which changed ones are computed anew;
-- computed from all sales they must be the same.
with sales as (
    {{ rows_of_a_sample(ref("fct_sales"), "customer_id") }}
),

aggregate as (
    {{ rows_of_a_sample(ref("agg_customer_metrics"), "customer_id") }}
),

sales_grouped as (
    select
        customer_id,
        count(distinct transaction_id) as transaction_count,
        sum(quantity) as total_units,
        sum(revenue_amount) as total_spent,
        sum(profit_amount) as total_profit,
        cast(min(sold_at) as date) as first_purchase_date,
        cast(max(sold_at) as date) as last_purchase_date
    from sales
    group by customer_id
),

validation_errors as (
    select
        aggregate.customer_id as aggregate_customer_id,
        sales_grouped.customer_id as sales_customer_id
    from aggregate
    full outer join sales_grouped
        on aggregate.customer_id = sales_grouped.customer_id
    where
        aggregate.customer_id is null
        or sales_grouped.customer_id is null
        or {{ differs("aggregate", "sales_grouped", measures) }}
)

select * from validation_errors
