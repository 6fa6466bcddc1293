{%- set first_day = add_days(logical_date(), "-" ~ (var("stock_cover_days") - 1)) -%}

with stock as (
    select * from {{ ref("products") }}
),

products as (
    select * from {{ ref("dim_products") }}
    where is_current
),

recent_sales as (
    select * from {{ ref("fct_sales") }}
    where date_key between {{ date_key(first_day) }} and {{ date_key(logical_date()) }}
),

units_by_product as (
    select
        product_id,
        sum(quantity) as units_sold
    from recent_sales
    group by product_id
),

stock_cover as (
    select
        products.product_id,
        products.product_name,
        products.category,
        products.brand,
        stock.stock_quantity,
        coalesce(units_by_product.units_sold, 0) as units_sold,
        cast(
            {{ ratio(
                "1.0 * stock.stock_quantity * " ~ var("stock_cover_days"),
                "units_by_product.units_sold",
            ) }}
            as numeric(38, 1)
        ) as days_of_cover
    from products
    inner join stock
        on products.product_id = stock.product_id
    left join units_by_product
        on products.product_id = units_by_product.product_id
)

select * from stock_cover
