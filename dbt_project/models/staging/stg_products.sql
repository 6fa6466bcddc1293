with

candidates as (
    {{ candidates(
        "products",
        delivered=source("staging", "products"),
        quarantined=source("existing_quarantine", "rejected_products"),
    ) }}
),

expected_categories as (
    select * from {{ ref("expected_categories") }}
),

trimmed as {{ materialized_step() }} (
    select
        {{ origin("candidates") }},
        {{ trimmed_columns("products") }},
        {{ notes("products") }} as notes
    from candidates
),

cleaned as {{ materialized_step() }} (
    select
        {{ origin("trimmed") }},
        {{ typed_columns("products", "trimmed", but=["category"]) }},
        coalesce(expected_categories.category_name, trimmed.category) as category,
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
            declared_rules("products")
            + [
                ("range:price", "price <= 0"),
                ("range:cost", as_delivered("cost") ~ " < 0 or (price > 0 and cost >= price)"),
                ("range:stock_quantity", "stock_quantity < 0"),
            ]
        ) }} as reasons
    from cleaned
),

verdicts as (
    select
        validated.*,
        {{ verdict("product_id") }} as verdict
    from validated
),

classified as (
    select
        {{ origin("verdicts") }},
        {{ selected_columns("products", "verdicts") }},
        verdicts.notes,
        {{ reasons_with_verdict("products", "verdicts", "accepted") }} as reasons,
        verdicts.verdict
    from verdicts
    left join verdicts as accepted
        on
            verdicts.product_id = accepted.product_id
            and verdicts.verdict = 'duplicate'
            and accepted.verdict = 'accepted'
)

select * from classified
