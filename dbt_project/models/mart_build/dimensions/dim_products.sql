with products_snapshot as (
    select * from {{ ref("products_snapshot") }}
),

products as (
    select * from {{ ref("products") }}
),

versions_in_order as (
    select
        products_snapshot.*,
        {{ version_key("products_snapshot", "products", "product_id") }}
            as product_key,
        row_number() over (
            partition by products_snapshot.product_id
            order by products_snapshot.dbt_valid_from asc
        ) as version_number
    from products_snapshot
    left join products
        on products_snapshot.product_id = products.product_id
),

versions_with_bounds as (
    select
        *,
        -- Facts may be older than the first load: the first version covers them, too.
        case
            when version_number = 1 then {{ beginning_of_time() }}
            else cast(dbt_valid_from as date)
        end as valid_from,
        coalesce(cast(dbt_valid_to as date), {{ end_of_time() }}) as valid_to
    from versions_in_order
),

product_versions as (
    select
        product_key,
        product_id,
        product_name,
        category_name as category,
        coalesce(sub_category_name, 'Unknown') as sub_category,
        coalesce(brand, 'Unknown') as brand,
        supplier_id,
        price_tier,
        cast(price as numeric(14, 4)) as price,
        cast(cost as numeric(14, 4)) as cost,
        dbt_valid_to is null as is_current,
        valid_from,
        valid_to
    from versions_with_bounds
)

select * from product_versions
