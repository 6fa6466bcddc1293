-- A key's versions follow each other without a gap or an overlap, and exactly the last
-- one is current. PostgreSQL forbids overlaps by an exclusion constraint; a gap it
-- cannot see.
with

versions as (
    {%- for snapshot, key in {
        "customers_snapshot": "customer_id", "products_snapshot": "product_id",
    }.items() %}
    select
        '{{ snapshot }}' as snapshot_name,
        {{ key }} as row_key,
        dbt_valid_from,
        dbt_valid_to
    from {{ ref(snapshot) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

versions_with_next as (
    select
        *,
        lead(dbt_valid_from) over (
            partition by snapshot_name, row_key
            order by dbt_valid_from asc
        ) as next_valid_from
    from versions
),

validation_errors as (
    select * from versions_with_next
    where
        dbt_valid_to is distinct from next_valid_from
        or dbt_valid_from >= dbt_valid_to
)

select * from validation_errors
