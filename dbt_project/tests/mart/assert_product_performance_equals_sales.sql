{%- set measures = [
    "transaction_count",
    "total_quantity",
    "total_gross",
    "total_discount",
    "total_revenue",
    "total_cost",
    "total_profit",
    "avg_discount_pct",
] %}

-- The products are added up from months, of which changed ones are computed anew;
-- computed from all sales they must be the same.
with sales as (
    {{ rows_of_a_sample(ref("fct_sales"), "product_id") }}
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

validation_errors as (
    select
        aggregate.product_id as aggregate_product_id,
        sales_grouped.product_id as sales_product_id
    from aggregate
    full outer join sales_grouped
        on aggregate.product_id = sales_grouped.product_id
    where
        aggregate.product_id is null
        or sales_grouped.product_id is null
        or {{ differs("aggregate", "sales_grouped", measures) }}
)

select * from validation_errors
