with products as (
    select * from {{ ref("dim_products") }}
    where is_current
),

product_performance as (
    select * from {{ ref("agg_product_performance") }}
),

products_ranked as (
    select
        cast(row_number() over (
            order by
                product_performance.total_revenue desc nulls last,
                {{ bytewise("product_performance.product_id") }} asc
        ) as integer) as revenue_rank,
        products.product_id,
        products.product_name,
        products.category,
        product_performance.total_revenue,
        product_performance.total_quantity as units_sold,
        cast(
            {{ ratio(
                "product_performance.total_revenue", "product_performance.total_quantity",
            ) }}
            as numeric(38, 2)
        ) as avg_price
    from product_performance
    inner join products
        on product_performance.product_id = products.product_id
),

top_products as (
    select *
    from products_ranked
    where revenue_rank <= 10
)

select * from top_products
