with top_products as (
    select * from {{ ref("rpt_product_abc") }}
    where revenue_rank <= 10
),

product_performance as (
    select * from {{ ref("agg_product_performance") }}
),

top_products_with_units as (
    select
        top_products.revenue_rank,
        top_products.product_id,
        top_products.product_name,
        top_products.category,
        top_products.total_revenue,
        product_performance.total_quantity as units_sold,
        cast(
            {{ ratio(
                "top_products.total_revenue", "product_performance.total_quantity",
            ) }}
            as numeric(38, 2)
        ) as avg_price
    from top_products
    inner join product_performance
        on top_products.product_id = product_performance.product_id
)

select * from top_products_with_units
