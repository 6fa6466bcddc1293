-- Nothing is lost: for every batch and table, the rows in the file are those accepted
-- plus those in quarantine. It starts from the load record, so a batch that was loaded
-- and never built shows here, and stops every publication after it; and the quarantine
-- is counted again, so a row that vanished from it does, too.
with

loads as (
    select * from {{ source("ops", "loads") }}
    where {{ batches_to_test() }}
),

newest_load_by_batch as (
    select
        batch_date,
        max(load_id) as load_id
    from loads
    group by batch_date
),

delivered as (
    select
        loads.batch_date,
        loads.table_name,
        loads.row_count as delivered_count
    from loads
    inner join newest_load_by_batch
        on loads.load_id = newest_load_by_batch.load_id
),

batch_counts as (
    select * from {{ ref("batch_counts") }}
),

rejected as (
    {%- for table in var("delivered_tables") %}
    select
        batch_date,
        '{{ table }}' as table_name
    from {{ ref("rejected_" ~ table) }}
    where {{ batches_to_test() }}
    union all
    {%- endfor %}
    select
        batch_date,
        table_name
    from {{ source("rejected_by_loader", "rejected_lines") }}
    where {{ batches_to_test() }}
),

rejected_by_batch as (
    select
        batch_date,
        table_name,
        count(*) as rejected_count
    from rejected
    group by batch_date, table_name
),

validation_errors as (
    select
        delivered.batch_date,
        delivered.table_name,
        delivered.delivered_count,
        batch_counts.accepted_count,
        rejected_by_batch.rejected_count
    from delivered
    left join batch_counts
        on
            delivered.batch_date = batch_counts.batch_date
            and delivered.table_name = batch_counts.table_name
    left join rejected_by_batch
        on
            delivered.batch_date = rejected_by_batch.batch_date
            and delivered.table_name = rejected_by_batch.table_name
    where
        batch_counts.accepted_count is null
        or delivered.delivered_count
        <> batch_counts.accepted_count + coalesce(rejected_by_batch.rejected_count, 0)
)

select * from validation_errors
