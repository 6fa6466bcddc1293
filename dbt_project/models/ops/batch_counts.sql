{{ config(
    unique_key=["batch_date", "table_name"],
    pre_hook="{{ delete_batch_rows() }}",
) }}
with

loads as (
    select * from {{ source("ops", "loads") }}
),

newest_load as (
    select max(load_id) as load_id from loads
),

delivered as (
    select
        loads.batch_date,
        loads.table_name,
        loads.row_count as delivered_count,
        loads.rejected_count
    from loads
    inner join newest_load
        on loads.load_id = newest_load.load_id
),

classified as (
    {%- for table in var("delivered_tables") %}
    select
        '{{ table }}' as table_name,
        is_retry,
        status
    from {{ ref("stg_" ~ table) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

counted as (
    select
        table_name,
        sum(case when not is_retry and status = 'accepted' then 1 else 0 end)
            as accepted_count,
        sum(case when not is_retry and status <> 'accepted' then 1 else 0 end)
            as quarantined_count,
        sum(case when is_retry and status = 'accepted' then 1 else 0 end)
            as resolved_count
    from classified
    group by table_name
),

batch_counts as (
    select
        delivered.batch_date,
        cast(delivered.table_name as {{ dbt.type_string() }}) as table_name,
        delivered.delivered_count,
        cast(coalesce(counted.accepted_count, 0) as bigint) as accepted_count,
        cast(
            coalesce(counted.quarantined_count, 0) + delivered.rejected_count as bigint
        ) as quarantined_count,
        cast(coalesce(counted.resolved_count, 0) as bigint) as resolved_count
    from delivered
    left join counted
        on delivered.table_name = counted.table_name
)

select * from batch_counts
