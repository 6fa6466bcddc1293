-- Order matters: rows go before those that they refer to. A run that loaded a batch stays.
-- name: node_results
delete from ops.node_results
using ops.invocations
where
    invocations.invocation_id = node_results.invocation_id
    and invocations.started_at < %(before)s
    and invocations.started_at < (select max(loaded_at) from ops.loads);

-- name: invocations
delete from ops.invocations
where started_at < %(before)s and started_at < (select max(loaded_at) from ops.loads);

-- name: steps
delete from ops.steps
where started_at < %(before)s and status <> 'running';

-- name: table_sizes
delete from ops.table_sizes
using ops.runs
where runs.run_id = table_sizes.run_id and runs.started_at < %(before)s;

-- name: runs
delete from ops.runs
where
    started_at < %(before)s
    and status <> 'running'
    and run_id not in (select run_id from ops.loads where run_id is not null)
    and run_id not in (select run_id from ops.steps);
