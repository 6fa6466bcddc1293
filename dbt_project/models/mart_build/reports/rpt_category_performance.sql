with sales_by_month_and_product as (
    select * from {{ ref("int_sales_by_month_and_product") }}
),

products as (
    select * from {{ ref("dim_products") }}
),

categories as (
    select
        products_at_sale.category,
        cast(sum(sales.total_revenue) as numeric(38, 2)) as total_revenue,
        cast(sum(sales.total_profit) as numeric(38, 2)) as total_profit,
        cast(
            {{ ratio("100 * sum(sales.total_profit)", "sum(sales.total_revenue)") }}
            as numeric(38, 2)
        ) as profit_margin_pct,
        cast(sum(sales.total_quantity) as bigint) as units_sold,
        {{ after_returns("total_revenue", "total_quantity", "total_profit") }}
    from sales_by_month_and_product as sales
    inner join products as products_at_sale
        on sales.product_key = products_at_sale.product_key
    group by products_at_sale.category
)

select * from categories
