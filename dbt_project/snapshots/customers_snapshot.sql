{% snapshot customers_snapshot %}
{{ config(
    unique_key="customer_id",
    check_cols="all",
    pre_hook=["{{ rewind_history() }}", "{{ reopen_history() }}"],
    post_hook="{{ guard_history('customer_id') }}",
) }}
select {{ history_columns("customers_snapshot") | join(", ") }}
from {{ ref("customers") }}
{% endsnapshot %}
