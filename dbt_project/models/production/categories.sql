{{ config(unique_key="category_name") }}
with

expected_categories as (
    select * from {{ ref("expected_categories") }}
),

known_categories as (
    -- a category comes with each of its products
    select distinct category as category_name
    from {{ ref("stg_products") }}
    where status = 'accepted'
    {% if is_incremental() %}
    -- what is known already may be expected now, or no longer
    union distinct
    select category_name from {{ this }}
    {% endif %}
),

categories as (
    select
        coalesce(
            expected_categories.category_name, known_categories.category_name
        ) as category_name,
        expected_categories.category_name is not null as is_expected
    from expected_categories
    full outer join known_categories
        on expected_categories.category_name = known_categories.category_name
),

{{ only_changes("categories", key=["category_name"]) }}
