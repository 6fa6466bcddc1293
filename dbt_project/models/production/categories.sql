{{ config(unique_key="category_name") }}
with

expected_categories as (
    select * from {{ ref("expected_categories") }}
),

delivered_categories as (
    -- a category comes with each of its products
    select distinct category as category_name
    from {{ ref("stg_products") }}
    where verdict = 'accepted'
),

categories as (
    select
        coalesce(
            expected_categories.category_name, delivered_categories.category_name
        ) as category_name,
        expected_categories.category_name is not null as is_expected
    from expected_categories
    full outer join delivered_categories
        on expected_categories.category_name = delivered_categories.category_name
),

{{ only_changes("categories", key=["category_name"]) }}
