{%- set measures = [
    "transaction_count",
    "unique_customers",
    "total_units",
    "total_gross",
    "total_discount",
    "total_revenue",
    "total_cost",
    "total_profit",
] %}

-- The days are kept up to date for changed days; computed from all sales
-- they must be the same. A day whose refresh was missed, or that lost its last sale and
-- stayed, shows here.
with sales as (
    {{ rows_to_test(ref("fct_sales"), "date_key") }}
),

aggregate as (
    {{ rows_to_test(ref("agg_daily_sales"), "date_key") }}
),

sales_grouped as (
    select
        date_key,
        count(distinct transaction_id) as transaction_count,
        count(distinct customer_id) as unique_customers,
        sum(quantity) as total_units,
        sum(gross_amount) as total_gross,
        sum(discount_amount) as total_discount,
        sum(revenue_amount) as total_revenue,
        sum(cost_amount) as total_cost,
        sum(profit_amount) as total_profit
    from sales
    group by date_key
),

validation_errors as (
    select
        aggregate.date_key as aggregate_date_key,
        sales_grouped.date_key as sales_date_key
    from aggregate
    full outer join sales_grouped
        on aggregate.date_key = sales_grouped.date_key
    where
        aggregate.date_key is null
        or sales_grouped.date_key is null
        or {{ differs("aggregate", "sales_grouped", measures) }}
)

select * from validation_errors
