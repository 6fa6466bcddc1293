with

accepted_customers as (
    select * from {{ ref("stg_customers") }}
    where status = 'accepted'
),

expected_age_groups as (
    select * from {{ ref("expected_age_groups") }}
),

customer_warnings as (
    select
        'customers' as table_name,
        accepted_customers.customer_id as row_key,
        {{ reasons([
            ("unknown:age_group",
                "accepted_customers.age_group is not null"
                ~ " and expected_age_groups.age_group is null"),
        ]) }} as codes
    from accepted_customers
    left join expected_age_groups
        on accepted_customers.age_group = expected_age_groups.age_group
)

select * from customer_warnings
