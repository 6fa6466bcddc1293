-- name: start_run
insert into ops.runs (run_id, logical_date, command, started_at, status)
values (%s, %s, %s, clock_timestamp(), 'running')
on conflict do nothing;

-- Of one run, or of all.
-- name: end_runs
update ops.runs
set ended_at = clock_timestamp(), error = %s, status = %s
where status = 'running' and run_id = coalesce(%s, run_id);

-- name: start_step
insert into ops.steps (run_id, step, attempt, started_at, status)
values (%s, %s, %s, clock_timestamp(), 'running')
on conflict do nothing;

-- name: end_steps
update ops.steps
set ended_at = clock_timestamp(), error = %s, status = %s, rows_in = %s, accepted = %s, rejected = %s
where status = 'running' and run_id = coalesce(%s, run_id);
