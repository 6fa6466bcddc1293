{{ config(unique_key="customer_id") }}
with

accepted_customers as (
    select * from {{ ref("stg_customers") }}
    where status = 'accepted'
),

{% if is_incremental() %}
existing_customers as (
    select known_customers.*
    from {{ this }} as known_customers
    where known_customers.customer_id in (
        select accepted_customers.customer_id from accepted_customers
    )
),
{% endif %}

customers as (
    select
        accepted_customers.*,
        {{ first_acceptance("accepted_customers", "existing_customers") }}
    from accepted_customers
    {% if is_incremental() %}
    left join existing_customers
        on accepted_customers.customer_id = existing_customers.customer_id
    {% endif %}
),

{{ only_changes("customers", key=["customer_id"], delivered="accepted_customers") }}
