{{ config(unique_key="customer_id") }}
with

accepted_customers as (
    select * from {{ ref("stg_customers") }}
    where status = 'accepted'
),

customers as (
    select
        accepted_customers.*,
        {{ first_acceptance("accepted_customers", "existing_customers") }}
    from accepted_customers
    {% if is_incremental() %}
    left join
        {{ rows_of_keys(this, "accepted_customers", "customer_id") }}
            as existing_customers
        on accepted_customers.customer_id = existing_customers.customer_id
    {% endif %}
),

{{ only_changes("customers", key=["customer_id"], delivered="accepted_customers") }}
