{%- set columns = [
    "item_id", "transaction_id", "product_id", "quantity",
    "unit_price", "discount_percentage", "line_total",
] -%}
with

candidates as (
    {{ candidates("transaction_items", [
        "item_id", "transaction_id", "product_id", "quantity",
        "unit_price", "discount_percentage", "line_total",
    ]) }}
),

transactions as (
    select * from {{ ref("transactions") }}
),

products as (
    select * from {{ ref("products") }}
),

trimmed as {{ materialized_step() }} (
    select
        {{ origin() }},
        {{ clean_code("item_id") }} as item_id,
        {{ clean_code("transaction_id") }} as transaction_id,
        {{ clean_code("product_id") }} as product_id,
        {{ clean_number("quantity") }} as quantity_text,
        {{ clean_number("unit_price") }} as unit_price_text,
        {{ clean_number("discount_percentage", is_percentage=true) }}
            as discount_percentage_text,
        {{ clean_number("line_total") }} as line_total_text,
        {{ notes(
            optional=["item_id", "transaction_id", "product_id"],
            numbers=["quantity", "unit_price"],
            amounts=["line_total"],
            percentages=["discount_percentage"],
        ) }} as notes
    from candidates
),

cleaned as {{ materialized_step() }} (
    select
        {{ origin() }},
        trimmed.item_id,
        trimmed.transaction_id,
        transactions.transaction_id as known_transaction_id,
        trimmed.product_id,
        products.product_id as known_product_id,
        trimmed.quantity_text,
        {{ try_to_integer("trimmed.quantity_text") }} as quantity,
        trimmed.unit_price_text,
        {{ try_to_decimal("trimmed.unit_price_text", 14, 4) }} as unit_price,
        trimmed.discount_percentage_text,
        {{ try_to_decimal("trimmed.discount_percentage_text", 7, 4) }}
            as discount_percentage,
        trimmed.line_total_text,
        {{ try_to_decimal("trimmed.line_total_text", 14, 2) }} as line_total,
        trimmed.notes
    from trimmed
    left join transactions
        on trimmed.transaction_id = transactions.transaction_id
    left join products
        on trimmed.product_id = products.product_id
),

validated as {{ materialized_step() }} (
    select
        cleaned.*,
        {{ reasons(
            not_null_rules(["item_id", "transaction_id", "product_id"])
            + type_rules(["quantity", "unit_price", "discount_percentage", "line_total"])
            + length_rules({"item_id": 20, "transaction_id": 20, "product_id": 20})
            + lookalike_rules(["item_id", "transaction_id", "product_id"])
            + [
                ("range:quantity", "quantity <= 0"),
                ("range:unit_price", "unit_price <= 0"),
                ("range:discount_percentage",
                    as_delivered("discount_percentage") ~ " not between 0 and 100"),
                ("range:line_total", as_delivered("line_total") ~ " < 0"),
                ("formula:line_total",
                    "abs(" ~ as_delivered("line_total") ~ " - quantity * " ~ as_delivered("unit_price")
                    ~ " * (1 - " ~ as_delivered("discount_percentage") ~ " / 100)) > "
                    ~ var("line_total_tolerance")),
                ("orphan:transaction_id",
                    "transaction_id is not null and known_transaction_id is null"),
                ("orphan:product_id", "product_id is not null and known_product_id is null"),
            ]
        ) }} as reasons
    from cleaned
),

{{ classified("validated", "item_id", columns) }}

select * from classified
