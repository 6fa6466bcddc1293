with

candidates as (
    {{ candidates(
        "customers",
        delivered=source("staging", "customers"),
        quarantined=source("existing_quarantine", "rejected_customers"),
    ) }}
),

trimmed as {{ materialized_step() }} (
    select
        {{ origin("candidates") }},
        {{ trimmed_columns("customers") }},
        {{ notes("customers") }} as notes
    from candidates
),

cleaned as {{ materialized_step() }} (
    select
        {{ origin("trimmed") }},
        {{ typed_columns("customers", "trimmed") }},
        trimmed.notes
    from trimmed
),

validated as {{ materialized_step() }} (
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
)

select * from validated
