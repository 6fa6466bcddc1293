{%- set measures = [
    "transaction_count",
    "total_quantity",
    "total_gross",
    "total_discount",
    "total_revenue",
    "total_cost",
    "total_profit",
    "avg_discount_pct",
    "units_returned",
    "total_returns",
    "net_sales",
    "profit_after_returns",
] %}

-- The products are added up from months, of which changed ones are computed anew;
-- computed from all sales they must be the same.
with sales as (
    {{ rows_of_a_sample(ref("fct_sales"), "product_id") }}
),

returns as (
    {{ rows_of_a_sample(ref("fct_returns"), "product_id") }}
),

aggregate as (
    {{ rows_of_a_sample(ref("agg_product_performance"), "product_id") }}
),

sales_grouped as (
    select
        product_id,
        count(distinct transaction_id) as transaction_count,
        sum(quantity) as total_quantity,
        sum(gross_amount) as total_gross,
        sum(discount_amount) as total_discount,
        sum(revenue_amount) as total_revenue,
        sum(cost_amount) as total_cost,
        sum(profit_amount) as total_profit,
        cast({{ ratio("sum(discount_pct)", "count(*)") }} as numeric(5, 2))
            as avg_discount_pct
    from sales
    group by product_id
),

returns_grouped as (
    select
        product_id,
        sum(returned_quantity) as units_returned,
        sum(refund_amount) as total_returns,
        sum(lost_profit_amount) as lost_profit
    from returns
    group by product_id
),

expected as (
    select
        sales_grouped.*,
        coalesce(returns_grouped.units_returned, 0) as units_returned,
        coalesce(returns_grouped.total_returns, 0) as total_returns,
        sales_grouped.total_revenue - coalesce(returns_grouped.total_returns, 0)
            as net_sales,
        sales_grouped.total_profit - coalesce(returns_grouped.lost_profit, 0)
            as profit_after_returns
    from sales_grouped
    left join returns_grouped
        on sales_grouped.product_id = returns_grouped.product_id
),

validation_errors as (
    select
        aggregate.product_id as aggregate_product_id,
        expected.product_id as expected_product_id
    from aggregate
    full outer join expected
        on aggregate.product_id = expected.product_id
    where
        aggregate.product_id is null
        or expected.product_id is null
        or {{ differs("aggregate", "expected", measures) }}
)

select * from validation_errors
