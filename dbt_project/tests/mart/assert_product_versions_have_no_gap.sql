-- Each product has one version on every day that there is: a gap would lose a sale, an
-- overlap would count it twice, and two current versions would double every report on
-- products.
with versions as (
    select * from {{ ref("dim_products") }}
),

neighbours as (
    select
        product_id,
        valid_from,
        valid_to,
        is_current,
        lag(valid_to, 1, {{ beginning_of_time() }}) over (
            partition by product_id order by valid_from asc
        ) as expected_valid_from,
        lead(valid_from, 1, {{ end_of_time() }}) over (
            partition by product_id order by valid_from asc
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
