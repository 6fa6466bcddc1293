-- name: builds_of_run
select invocation_id, is_complete, completed_at is not null
from ops.invocations
where run_id = %s
order by started_at desc;
