{% snapshot products_snapshot %}
{{ config(
    unique_key="product_id",
    check_cols="all",
    pre_hook=["{{ rewind_history() }}", "{{ reopen_history() }}"],
    post_hook="{{ guard_history('product_id') }}",
) }}
select {{ history_columns("products_snapshot") | join(", ") }}
from {{ ref("products") }}
{% endsnapshot %}
