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
{query}

-- name: rows
select {values} from {table} {version} where {wanted}

-- name: changed_rows
select {values} from {table} {version}
where {wanted} and {key} in (select {key} from {changes} where since_publication >= 0)

-- name: delete_changed
delete from {table} where {key} in (select {key} from {changes})

-- name: delete_older
delete from {table} where not ({wanted})

-- name: difference
select {values}, false as is_gone
from (
    select {columns} from {table}
    except
    select {columns} from {table} version as of {snapshot}
)
union all
select {values}, true as is_gone
from (
    select {columns} from {table} version as of {snapshot}
    except
    select {columns} from {table}
)

-- name: begin_difference
create temporary table difference on commit drop as
select *, false as is_gone from {table} limit 0

-- name: apply_difference
-- what has a key that is new goes as well: an erasure may have written it on PostgreSQL before
delete from {table} where ({keys}) in (select {keys} from difference);
insert into {table} ({columns}) select {columns} from difference where not is_gone;
drop table difference;

-- name: copied_snapshot
select snapshot_id from ops.copied_snapshots where table_name = %s

-- name: record_snapshot
insert into ops.copied_snapshots (table_name, snapshot_id) values (%s, %s)
on conflict (table_name) do update set snapshot_id = excluded.snapshot_id
