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

trimmed as (
    select
        {{ origin("candidates") }},
        {{ trimmed_columns("products") }},
        {{ notes("products") }} as notes
    from candidates
    {{ optimization_fence() }}
),

cleaned as (
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
    {{ optimization_fence() }}
),

validated as (
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
    {{ optimization_fence() }}
),

statuses as (
    select
        validated.*,
        {{ row_status("product_id") }} as status
    from validated
),

classified as (
    select
        {{ origin("statuses") }},
        {{ selected_columns("products", "statuses") }},
        statuses.notes,
        {{ reasons_with_status("products", "statuses", "accepted") }} as reasons,
        statuses.status
    from statuses
    left join statuses as accepted
        on
            statuses.product_id = accepted.product_id
            and statuses.status = 'duplicate'
            and accepted.status = 'accepted'
)

select * from classified
