{{ config(unique_key=["category_name", "sub_category_name"]) }}
with

sub_categories as (
    -- a sub-category comes with each of its products
    select distinct
        category as category_name,
        sub_category as sub_category_name
    from {{ ref("stg_products") }}
    where
        status = 'accepted'
        and sub_category is not null
),

{{ only_changes("sub_categories", key=["category_name", "sub_category_name"]) }}
