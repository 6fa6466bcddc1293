{%- set measures = [
    "transaction_count",
    "unique_customers",
    "total_units",
    "total_gross",
    "total_discount",
    "total_revenue",
    "total_cost",
    "total_profit",
    "units_returned",
    "total_returns",
    "net_sales",
    "profit_after_returns",
] %}

-- The days are kept up to date for changed days; computed from all sales and returns
-- they must be the same. A day whose refresh was missed, or that lost its last sale and
-- stayed, shows here.
with sales as (
    {{ rows_to_test(ref("fct_sales"), "date_key") }}
),

returns as (
    {{ rows_to_test(ref("fct_returns"), "date_key") }}
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

returns_grouped as (
    select
        date_key,
        sum(returned_quantity) as units_returned,
        sum(refund_amount) as total_returns,
        sum(lost_profit_amount) as lost_profit
    from returns
    group by date_key
),

expected as (
    select
        coalesce(sales_grouped.date_key, returns_grouped.date_key) as date_key,
        {%- for measure in measures[:8] %}
        coalesce(sales_grouped.{{ measure }}, 0) as {{ measure }},
        {%- endfor %}
        coalesce(returns_grouped.units_returned, 0) as units_returned,
        coalesce(returns_grouped.total_returns, 0) as total_returns,
        coalesce(sales_grouped.total_revenue, 0)
        - coalesce(returns_grouped.total_returns, 0) as net_sales,
        coalesce(sales_grouped.total_profit, 0)
        - coalesce(returns_grouped.lost_profit, 0)
            as profit_after_returns
    from sales_grouped
    full outer join returns_grouped
        on sales_grouped.date_key = returns_grouped.date_key
),

validation_errors as (
    select
        aggregate.date_key as aggregate_date_key,
        expected.date_key as expected_date_key
    from aggregate
    full outer join expected
        on aggregate.date_key = expected.date_key
    where
        aggregate.date_key is null
        or expected.date_key is null
        or {{ differs("aggregate", "expected", measures) }}
)

select * from validation_errors
