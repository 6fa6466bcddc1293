{% snapshot products_snapshot %}
{{ config(
    unique_key="product_id",
    check_cols=[
        "product_name", "category_name", "sub_category_name", "brand", "supplier_id",
        "price", "cost", "price_tier",
    ],
    pre_hook="{{ rewind_history() }}",
    post_hook="{{ guard_history('product_id') }}",
) }}
select
    product_id,
    product_name,
    category_name,
    sub_category_name,
    brand,
    supplier_id,
    price,
    cost,
    price_tier
from {{ ref("products") }}
{% endsnapshot %}
