with customers_snapshot as (
    select * from {{ ref("customers_snapshot") }}
),

customers as (
    select * from {{ ref("customers") }}
),

versions_in_order as (
    select
        customers_snapshot.*,
        {{ version_key("customers_snapshot", "customers", "customer_id") }}
            as customer_key,
        row_number() over (
            partition by customers_snapshot.customer_id
            order by customers_snapshot.dbt_valid_from asc
        ) as version_number
    from customers_snapshot
    left join customers
        on customers_snapshot.customer_id = customers.customer_id
),

versions_with_bounds as (
    select
        customer_key,
        customer_id,
        first_name,
        last_name,
        coalesce(city, 'Unknown') as city,
        coalesce(state, 'Unknown') as state,
        coalesce(country, 'Unknown') as country,
        coalesce(age_group, 'Unknown') as age_group,
        registration_date,
        -- Facts may be older than the first load: the first version covers them, too.
        case
            when version_number = 1 then {{ beginning_of_time() }}
            else cast(dbt_valid_from as date)
        end as valid_from,
        coalesce(cast(dbt_valid_to as date), {{ end_of_time() }}) as valid_to,
        dbt_valid_to is null as is_current
    from versions_in_order
),

customer_versions as (
    select
        customer_key,
        customer_id,
        trim(concat(first_name, ' ', last_name)) as full_name,
        city,
        state,
        country,
        age_group,
        is_current,
        registration_date,
        valid_from,
        valid_to
    from versions_with_bounds
)

select * from customer_versions
