-- name: unfinished
select archived_batch, batch_date, is_replaced
from ops.reverted_batches
where completed_at is null
order by archived_batch;

-- name: begin
insert into ops.reverted_batches (archived_batch, batch_date, is_replaced)
values (%s, %s, %s)
on conflict (archived_batch) do update set
    started_at = clock_timestamp(), emptied_at = null, completed_at = null,
    is_replaced = excluded.is_replaced;

-- name: is_emptied
select bool_and(emptied_at is not null)
from ops.reverted_batches
where archived_batch = any(%s);

-- name: emptied
update ops.reverted_batches set emptied_at = now()
where archived_batch = any(%s);

-- name: complete
update ops.reverted_batches set completed_at = now()
where archived_batch = any(%s);

-- name: forget
delete from ops.reverted_batches
where archived_batch = any(%s);

-- name: tables_to_empty
select relnamespace::regnamespace::text, relname, pg_get_userbyid(relowner) = %s
from pg_class
where
    relkind = 'r'
    and (
        relnamespace::regnamespace::text in ('staging', 'quarantine', 'production', 'snapshots')
        or (relnamespace::regnamespace::text = 'ops' and relname = any(%s))
    )
order by 1, 2;
