-- name: is_done
-- A day has run when its newest load was published, and exported, drawn and reported since.
with loaded as (
    select batch_date, max(loaded_at) as loaded_at from ops.loads where batch_date = %s group by 1
)
select
    exists (
        select from loaded inner join ops.publications on publications.logical_date = batch_date
        where publications.published_at >= loaded_at
    )
    and (
        select count(distinct steps.step)
        from loaded
        inner join ops.runs on runs.logical_date = batch_date
        inner join ops.steps using (run_id)
        where
            steps.step in ('export', 'dashboard', 'report')
            and steps.status = 'succeeded'
            and steps.started_at >= loaded_at
    ) = 3;
