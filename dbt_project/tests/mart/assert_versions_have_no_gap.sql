-- Each customer and each product has one version on every day that there is: a gap
-- would lose a sale, an overlap would count it twice, and two current versions would
-- double every report on customers or products.
with versions as (
    {%- for dimension, key in {
        "dim_customers": "customer_id", "dim_products": "product_id",
    }.items() %}
    select
        '{{ dimension }}' as dimension,
        {{ key }} as natural_key,
        valid_from,
        valid_to,
        is_current
    from {{ ref(dimension) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

neighbours as (
    select
        *,
        lag(valid_to, 1, {{ beginning_of_time() }}) over (
            partition by dimension, natural_key order by valid_from asc
        ) as expected_valid_from,
        lead(valid_from, 1, {{ end_of_time() }}) over (
            partition by dimension, natural_key order by valid_from asc
        ) as expected_valid_to
    from versions
),

validation_errors as (
    select *
    from neighbours
    where
        valid_from >= valid_to
        or valid_from <> expected_valid_from
        or valid_to <> expected_valid_to
        or is_current <> (valid_to = {{ end_of_time() }})
)

select * from validation_errors
