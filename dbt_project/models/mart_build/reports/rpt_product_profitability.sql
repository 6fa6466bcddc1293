with products as (
    select * from {{ ref("dim_products") }}
    where is_current
),

product_performance as (
    select * from {{ ref("agg_product_performance") }}
),

profitability as (
    select
        products.product_id,
        products.product_name,
        products.category,
        products.brand,
        cast(
            coalesce(product_performance.total_profit, 0) as numeric(38, 2)
        ) as total_profit,
        cast(
            {{ ratio(
                "100 * product_performance.total_profit",
                "product_performance.total_revenue",
            ) }}
            as numeric(38, 2)
        ) as profit_margin_pct,
        cast(
            coalesce(product_performance.total_revenue, 0) as numeric(38, 2)
        ) as revenue,
        coalesce(product_performance.total_quantity, 0) as units_sold
    from products
    left join product_performance
        on products.product_id = product_performance.product_id
)

select * from profitability
