with sales_by_month_and_product as (
    select * from {{ ref("int_sales_by_month_and_product") }}
),

-- A transaction has one date, so it counts in one month and under one version only, and
-- the counts may be added.
product_performance as (
    select
        product_id,
        cast(sum(transaction_count) as bigint) as transaction_count,
        cast(sum(total_quantity) as bigint) as total_quantity,
        cast(sum(total_gross) as numeric(38, 2)) as total_gross,
        cast(sum(total_discount) as numeric(38, 2)) as total_discount,
        cast(sum(total_revenue) as numeric(38, 2)) as total_revenue,
        cast(sum(total_cost) as numeric(38, 2)) as total_cost,
        cast(sum(total_profit) as numeric(38, 2)) as total_profit,
        cast(
            {{ ratio("sum(sum_of_discount_pct)", "sum(line_count)") }} as numeric(5, 2)
        ) as avg_discount_pct,
        cast(
            {{ ratio("100 * sum(total_discount)", "sum(total_gross)") }}
            as numeric(38, 2)
        ) as discount_rate_pct,
        {{ after_returns("total_revenue", "total_quantity", "total_profit") }}
    from sales_by_month_and_product
    group by product_id
)

select * from product_performance
