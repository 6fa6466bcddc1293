{{ config(unique_key="product_id") }}
with

accepted_products as (
    select * from {{ ref("stg_products") }}
    where status = 'accepted'
),

delivered_products as (
    select
        accepted_products.product_id,
        accepted_products.product_name,
        accepted_products.category as category_name,
        accepted_products.sub_category as sub_category_name,
        accepted_products.brand,
        accepted_products.supplier_id,
        accepted_products.price,
        accepted_products.cost,
        accepted_products.stock_quantity,
        {{ first_acceptance("accepted_products", "existing_products") }}
    from accepted_products
    {% if is_incremental() %}
    left join {{ this }} as existing_products
        on accepted_products.product_id = existing_products.product_id
    {% endif %}
),

known_products as (
    -- a price tier depends on all products of a category, so those that were not
    -- delivered are validated again
    select * from delivered_products
    {%- if is_incremental() %}

    union all

    select
        existing_products.product_id,
        existing_products.product_name,
        existing_products.category_name,
        existing_products.sub_category_name,
        existing_products.brand,
        existing_products.supplier_id,
        existing_products.price,
        existing_products.cost,
        existing_products.stock_quantity,
        existing_products.first_batch_date,
        existing_products.first_line_number
    from {{ this }} as existing_products
    left join delivered_products
        on existing_products.product_id = delivered_products.product_id
    where delivered_products.product_id is null
    {%- endif %}
),

products_ranked_by_price as (
    select
        *,
        percent_rank() over (
            partition by category_name
            order by price asc
        ) as price_rank
    from known_products
),

products as (
    select
        *,
        {{ ratio("100 * (price - cost)", "price") }} as margin_pct,
        case
            when price_rank * 3 < 1 then 'Budget'
            when price_rank * 3 < 2 then 'Mid-range'
            else 'Premium'
        end as price_tier
    from products_ranked_by_price
),

{{ only_changes("products", key=["product_id"]) }}
