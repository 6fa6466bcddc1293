{% snapshot customers_snapshot %}
{{ config(
    unique_key="customer_id",
    check_cols=[
        "first_name", "last_name", "registration_date", "city", "state", "country", "age_group",
    ],
    pre_hook="{{ rewind_history() }}",
    post_hook="{{ guard_history('customer_id') }}",
) }}
select
    customer_id,
    first_name,
    last_name,
    registration_date,
    city,
    state,
    country,
    age_group
from {{ ref("customers") }}
{% endsnapshot %}
