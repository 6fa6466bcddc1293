{%- set columns = [
    "product_id", "product_name", "category", "sub_category", "brand",
    "supplier_id", "price", "cost", "stock_quantity",
] -%}
with

candidates as (
    {{ candidates("products", [
        "product_id", "product_name", "category", "sub_category", "price",
        "cost", "brand", "stock_quantity", "supplier_id",
    ]) }}
),

expected_categories as (
    select * from {{ ref("expected_categories") }}
),

trimmed as {{ materialized_step() }} (
    select
        {{ origin() }},
        {{ clean_code("product_id") }} as product_id,
        {{ clean_line("product_name") }} as product_name,
        {{ clean_code("category") }} as category,
        {{ clean_optional("sub_category") }} as sub_category,
        {{ clean_optional("brand") }} as brand,
        {{ clean_code("supplier_id") }} as supplier_id,
        {{ clean_number("price") }} as price_text,
        {{ clean_number("cost") }} as cost_text,
        {{ clean_number("stock_quantity") }} as stock_quantity_text,
        {{ notes(
            texts=["product_name"],
            optional=["product_id", "category", "sub_category", "brand", "supplier_id"],
            numbers=["price", "cost", "stock_quantity"],
        ) }} as notes
    from candidates
),

cleaned as {{ materialized_step() }} (
    select
        {{ origin() }},
        trimmed.product_id,
        trimmed.product_name,
        coalesce(expected_categories.category_name, trimmed.category) as category,
        trimmed.sub_category,
        trimmed.brand,
        trimmed.supplier_id,
        trimmed.price_text,
        {{ try_to_decimal("trimmed.price_text", 14, 4) }} as price,
        trimmed.cost_text,
        {{ try_to_decimal("trimmed.cost_text", 14, 4) }} as cost,
        trimmed.stock_quantity_text,
        {{ try_to_integer("trimmed.stock_quantity_text") }} as stock_quantity,
        trimmed.notes
    from trimmed
    left join expected_categories
        on
            {{ lower_case("trimmed.category") }}
            = {{ lower_case("expected_categories.category_name") }}
),

validated as {{ materialized_step() }} (
    select
        cleaned.*,
        {{ reasons(
            not_null_rules(["product_id", "product_name", "category"])
            + type_rules(["price", "cost", "stock_quantity"])
            + length_rules({
                "product_id": 20, "product_name": 200, "category": 100,
                "sub_category": 100, "brand": 100, "supplier_id": 20,
            })
            + lookalike_rules(["product_id", "supplier_id"])
            + [
                ("range:price", "price <= 0"),
                ("range:cost", as_delivered("cost") ~ " < 0 or (price > 0 and cost >= price)"),
                ("range:stock_quantity", "stock_quantity < 0"),
            ]
        ) }} as reasons
    from cleaned
),

{{ classified("validated", "product_id", columns) }}

select * from classified
