-- name: begin
insert into ops.invocations (invocation_id, run_id, command, started_at, is_complete)
values ('copy of ' || gen_random_uuid(), %s, 'copy from Spark', clock_timestamp(), false);

-- name: columns
select attname::text, format_type(atttypid, atttypmod)
from pg_attribute
where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
order by attnum;

-- name: write_parquet
insert overwrite directory '{folder}' using parquet
select {values}
from {table} {where}

-- name: changed
where {key} in (select {key} from {changes})

-- name: delete_changed
delete from {table} {where}
