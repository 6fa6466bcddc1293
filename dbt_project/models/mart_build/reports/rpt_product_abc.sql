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
        sum(product_performance.total_revenue) over (
            order by
                product_performance.total_revenue desc nulls last,
                {{ bytewise("product_performance.product_id") }} asc
            rows between unbounded preceding and current row
        ) as running_revenue,
        sum(product_performance.total_revenue) over () as revenue_of_all
    from product_performance
    inner join products
        on product_performance.product_id = products.product_id
),

products_classified as (
    select
        product_id,
        product_name,
        category,
        revenue_rank,
        total_revenue,
        cast(
            {{ ratio("100 * running_revenue", "revenue_of_all") }} as numeric(5, 2)
        ) as running_share_pct,
        -- a product belongs to the class in which it begins
        case
            when running_revenue - total_revenue < 0.80 * revenue_of_all then 'A'
            when running_revenue - total_revenue < 0.95 * revenue_of_all then 'B'
            else 'C'
        end as abc_class
    from products_ranked
)

select * from products_classified
