with

candidates as (
    {{ candidates(
        "customers",
        delivered=source("staging", "customers"),
        quarantined=source("existing_quarantine", "rejected_customers"),
    ) }}
),

trimmed as (
    select
        {{ origin("candidates") }},
        {{ trimmed_columns("customers") }},
        {{ notes("customers") }} as notes
    from candidates
    {{ optimization_fence() }}
),

cleaned as (
    select
        {{ origin("trimmed") }},
        {{ typed_columns("customers", "trimmed") }},
        trimmed.notes
    from trimmed
    {{ optimization_fence() }}
),

validated as (
    select
        cleaned.*,
        {{ reasons(
            declared_rules("customers")
            + [
                ("format:email", "not " ~ matches("email", "^[^@ ]+@[^@ .]+([.][^@ .]+)+$")),
                ("future:registration_date", "registration_date > " ~ logical_date()),
            ]
        ) }} as reasons
    from cleaned
    {{ optimization_fence() }}
)

select * from validated
