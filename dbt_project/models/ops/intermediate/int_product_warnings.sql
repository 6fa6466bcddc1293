with

accepted_products as (
    select * from {{ ref("stg_products") }}
    where status = 'accepted'
),

categories as (
    select * from {{ ref("categories") }}
),

product_warnings as (
    select
        'products' as table_name,
        accepted_products.product_id as row_key,
        {{ reasons([("unknown:category", "not categories.is_expected")]) }} as codes
    from accepted_products
    inner join categories
        on accepted_products.category = categories.category_name
)

select * from product_warnings
