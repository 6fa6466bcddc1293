-- name: database
select
    pg_database_size(current_database()),
    (select max(started_at) from ops.runs where 'load' = any(string_to_array(command, ' ')));

-- name: runs
select
    runs.run_id, runs.logical_date, runs.command, runs.started_at, runs.ended_at, runs.status, steps.step, runs.error
from ops.runs
left join lateral (
    select steps.step
    from ops.steps
    where steps.run_id = runs.run_id and steps.status = runs.status and runs.status <> 'succeeded'
    order by steps.started_at desc
    limit 1
) as steps on true
order by runs.started_at desc
limit 7;

-- A step that failed counts as failed until it has succeeded.
-- name: failed_steps
select distinct on (steps.step)
    steps.step, steps.error, steps.run_id, runs.logical_date, steps.started_at
from ops.steps as steps
inner join ops.runs as runs on runs.run_id = steps.run_id
where
    steps.status = 'failed'
    and runs.status = 'failed'
    and not exists (
        select from ops.steps as later
        where later.step = steps.step and later.status = 'succeeded' and later.started_at > steps.started_at
    )
order by steps.step, steps.started_at desc;

-- name: step_times
select step, run_id, extract(epoch from ended_at - started_at)::float
from ops.steps
where status = 'succeeded' and started_at > now() - interval '60 days'
order by started_at desc
limit 300;

-- name: layers
select layers.name, newest.logical_date, newest.at
from (values (1, 'staging'), (2, 'production'), (3, 'mart')) as layers (place, name)
left join (
    (select 'staging' as name, batch_date as logical_date, loaded_at as at from ops.loads order by load_id desc limit 1)
    union all
    (
        select 'production', invocations.logical_date, invocations.completed_at
        from ops.node_results
        inner join ops.invocations using (invocation_id)
        where node_results.unique_id = 'model.shop.transaction_items' and node_results.status = 'success'
        order by invocations.completed_at desc
        limit 1
    )
    union all
    (select 'mart', logical_date, published_at from ops.publications order by publication_id desc limit 1)
) as newest using (name)
order by layers.place;

-- name: open_rows_of_table
select '{table}' as table_name, broken.code as reason, count(*), min(batch_date)
from quarantine.rejected_{table}
cross join lateral unnest(reasons) as broken (code)
where status = 'open'
group by broken.code

-- name: open_rows_by_batch_of_table
select batches.batch_date, (
    select count(*) from quarantine.rejected_{table} as rejected
    where
        rejected.batch_date <= batches.batch_date
        and coalesce(rejected.closed_on, 'infinity') > batches.batch_date
) as open_count
from batches

-- name: open_rows_by_batch
with batches as (
    select distinct batch_date from ops.batch_counts order by batch_date desc limit 5
)
select sum(open_count)::bigint from ({parts}) as counted group by batch_date order by batch_date;

-- name: present_sizes
select
    relation.oid::regclass::text as relation_name,
    pg_total_relation_size(relation.oid) as total_bytes,
    greatest(relation.reltuples, -1)::bigint as row_estimate
from pg_class as relation
where
    relation.relkind = 'r'
    and relation.relnamespace::regnamespace::text in (
        'staging', 'quarantine', 'production', 'snapshots', 'mart_build', 'mart', 'ops'
    )

-- name: sizes
select
    sizes.relation_name, sizes.total_bytes, sizes.row_estimate,
    sizes.total_bytes - (
        select earlier.total_bytes
        from ops.table_sizes as earlier
        where
            earlier.relation_name = sizes.relation_name
            and earlier.run_id = (
                select table_sizes.run_id
                from ops.table_sizes
                inner join ops.runs using (run_id)
                order by abs(extract(epoch from now() - interval '7 days' - runs.started_at)), run_id
                limit 1
            )
    )
from ({present_sizes}) as sizes
order by 2 desc, 1;

-- name: record_sizes
insert into ops.table_sizes (relation_name, total_bytes, row_estimate, run_id)
select sizes.*, %s from ({present_sizes}) as sizes;
