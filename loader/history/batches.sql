-- name: built_nodes
select count(distinct node_results.unique_id)
from ops.node_results
inner join ops.invocations using (invocation_id)
where
    node_results.status = 'success'
    and node_results.unique_id = any(%s)
    and invocations.completed_at >= (select max(loads.loaded_at) from ops.loads where loads.load_id = %s);

-- name: was_run
select exists (select 1 from ops.node_results where unique_id = %s);

-- name: row_counts
select sum(delivered_count)::bigint, sum(accepted_count)::bigint, sum(quarantined_count)::bigint
from ops.batch_counts
where batch_date = %s;
