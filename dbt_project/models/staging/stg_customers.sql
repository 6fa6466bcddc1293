{%- set columns = [
    "customer_id", "first_name", "last_name", "email", "phone",
    "registration_date", "city", "state", "country", "age_group",
] -%}
with recursive

candidates as (
    {{ candidates("customers", columns) }}
),

trimmed as {{ materialized_step() }} (
    select
        {{ origin() }},
        {{ clean_code("customer_id") }} as customer_id,
        {{ clean_line("first_name") }} as first_name,
        {{ clean_line("last_name") }} as last_name,
        {{ clean_code("email") }} as email,
        {{ clean_code("phone") }} as phone,
        {{ clean_date("registration_date") }} as registration_date_text,
        {{ clean_optional("city") }} as city,
        {{ clean_optional("state") }} as state,
        {{ clean_optional("country") }} as country,
        {{ clean_code("age_group") }} as age_group,
        {{ notes(
            texts=["first_name", "last_name"],
            optional=[
                "customer_id", "email", "city", "state", "country", "age_group",
            ],
            phones=["phone"],
            dates=["registration_date"],
        ) }} as notes
    from candidates
),

cleaned as {{ materialized_step() }} (
    select
        {{ origin() }},
        customer_id,
        {{ title_case("first_name") }} as first_name,
        {{ title_case("last_name") }} as last_name,
        {{ lower_case("email") }} as email,
        {{ clean_phone("phone") }} as phone,
        registration_date_text,
        {{ try_to_date("registration_date_text") }} as registration_date,
        city,
        state,
        country,
        age_group,
        notes
    from trimmed
),

validated as {{ materialized_step() }} (
    select
        cleaned.*,
        {{ reasons(
            not_null_rules(["customer_id", "first_name", "last_name", "email"])
            + type_rules(["registration_date"])
            + length_rules({
                "customer_id": 20, "first_name": 100, "last_name": 100, "email": 254,
                "phone": 50, "city": 100, "state": 100, "country": 100, "age_group": 20,
            })
            + lookalike_rules(["customer_id", "email"])
            + [
                ("format:email", "not " ~ matches("email", "^[^@ ]+@[^@ .]+([.][^@ .]+)+$")),
                ("future:registration_date", "registration_date > " ~ logical_date()),
            ]
        ) }} as reasons
    from cleaned
),

{{ validated_by_email("validated") }},

{{ classified("validated_by_email", "customer_id", columns) }}

select * from classified
