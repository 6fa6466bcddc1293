with customer_versions as (
    select * from {{ ref("int_customer_versions") }}
),

customer_segments as (
    select * from {{ ref("int_customer_segments") }}
),

versions_with_segment as (
    select
        customer_versions.customer_key,
        customer_versions.customer_id,
        customer_versions.full_name,
        customer_versions.city,
        customer_versions.state,
        customer_versions.country,
        customer_versions.age_group,
        customer_segments.customer_segment,
        customer_versions.is_current,
        customer_versions.registration_date,
        customer_versions.valid_from,
        customer_versions.valid_to
    from customer_versions
    inner join customer_segments
        on customer_versions.customer_id = customer_segments.customer_id
)

select * from versions_with_segment
