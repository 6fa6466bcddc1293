-- The current version of every customer and product is what production says, and nothing else is current.
with

pairs as (
    {%- for table, key, columns in [
        ("customers", "customer_id", [
            "first_name", "last_name", "registration_date", "city", "state", "country",
            "age_group",
        ]),
        ("products", "product_id", [
            "product_name", "category_name", "sub_category_name", "brand", "supplier_id", "price",
            "cost", "price_tier",
        ]),
    ] %}
    select
        '{{ table }}' as table_name,
        coalesce(stored.{{ key }}, versions.{{ key }}) as row_key,
        {{ differs("stored", "versions", columns) }} as is_different
    from {{ ref(table) }} as stored
    full outer join (
        select * from {{ ref(table ~ "_snapshot") }}
        where dbt_valid_to is null
    ) as versions
        on stored.{{ key }} = versions.{{ key }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

validation_errors as (
    select * from pairs
    where is_different
)

select * from validation_errors
