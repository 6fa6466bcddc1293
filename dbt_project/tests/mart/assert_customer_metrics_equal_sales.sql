{%- set measures = [
    "transaction_count",
    "total_units",
    "total_spent",
    "total_profit",
    "first_purchase_date",
    "last_purchase_date",
    "units_returned",
    "total_returns",
    "net_sales",
    "profit_after_returns",
] %}

-- The customers are added up from months, of which changed ones are computed anew;
-- computed from all sales they must be the same.
with sales as (
    {{ rows_of_a_sample(ref("fct_sales"), "customer_id") }}
),

returns as (
    {{ rows_of_a_sample(ref("fct_returns"), "customer_id") }}
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

returns_grouped as (
    select
        customer_id,
        sum(returned_quantity) as units_returned,
        sum(refund_amount) as total_returns,
        sum(lost_profit_amount) as lost_profit
    from returns
    group by customer_id
),

expected as (
    select
        sales_grouped.*,
        coalesce(returns_grouped.units_returned, 0) as units_returned,
        coalesce(returns_grouped.total_returns, 0) as total_returns,
        sales_grouped.total_spent - coalesce(returns_grouped.total_returns, 0)
            as net_sales,
        sales_grouped.total_profit - coalesce(returns_grouped.lost_profit, 0)
            as profit_after_returns
    from sales_grouped
    left join returns_grouped
        on sales_grouped.customer_id = returns_grouped.customer_id
),

validation_errors as (
    select
        aggregate.customer_id as aggregate_customer_id,
        expected.customer_id as expected_customer_id
    from aggregate
    full outer join expected
        on aggregate.customer_id = expected.customer_id
    where
        aggregate.customer_id is null
        or expected.customer_id is null
        or {{ differs("aggregate", "expected", measures) }}
)

select * from validation_errors
