-- Nothing is lost: for every batch and table, ever, the rows in the file are those
-- accepted plus those in quarantine. The quarantine is counted again here, so a row
-- that vanished from it later turns this red.
with

batch_counts as (
    select * from {{ ref("batch_counts") }}
),

rejected as (
    {%- for table in ["customers", "products", "transactions", "transaction_items"] %}
    select
        batch_date,
        '{{ table }}' as table_name
    from {{ ref("rejected_" ~ table) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
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
        batch_counts.batch_date,
        batch_counts.table_name,
        batch_counts.delivered_count,
        batch_counts.accepted_count,
        rejected_by_batch.rejected_count
    from batch_counts
    left join rejected_by_batch
        on
            batch_counts.batch_date = rejected_by_batch.batch_date
            and batch_counts.table_name = rejected_by_batch.table_name
    where
        batch_counts.delivered_count
        <> batch_counts.accepted_count + coalesce(rejected_by_batch.rejected_count, 0)
)

select * from validation_errors
