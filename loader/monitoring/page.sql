-- name: run
select
    logical_date, status, error, started_at,
    extract(epoch from coalesce(ended_at, clock_timestamp()) - started_at)::float
from ops.runs
where run_id = %s;

-- name: steps
select
    step, attempt, status, rows_in, accepted, rejected, error,
    extract(epoch from coalesce(ended_at, clock_timestamp()) - started_at)::float
from ops.steps
where run_id = %s
order by started_at;

-- name: earlier_times
select extract(epoch from steps.ended_at - steps.started_at)::float
from ops.steps as steps
where steps.step = %s and steps.status = 'succeeded' and steps.run_id < %s
order by steps.started_at desc
limit %s;

-- name: changes
select relation_name, row_count, inserted_count, deleted_count
from ops.publication_relations
inner join ops.publications using (publication_id)
inner join ops.invocations using (invocation_id)
where invocations.run_id = %s
order by inserted_count + deleted_count desc, relation_name;
