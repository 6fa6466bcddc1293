-- name: earlier_file
select max(batch_date)::text
from ops.loads
where table_name = %s and sha256 = %s and batch_date < %s and row_count > 0;

-- name: rejected_before
select distinct on (table_name) table_name, rejected_count, sha256
from ops.loads
where batch_date = %s
order by table_name, load_id desc;

-- name: delete_rejected_lines
delete from quarantine.rejected_lines
where
    batch_date = current_setting('loader.batch_date')::date
    and table_name = current_setting('loader.table_name');

-- name: copy_rejected_lines
copy quarantine.rejected_lines (line_number, code, column_name, raw) from stdin;

-- A database copied from a template can forget what a sequence gave when its server crashes.
-- name: next_load_id
select greatest(nextval('ops.load_ids'), (select coalesce(max(load_id), 0) + 1 from ops.loads));

-- name: record_load
insert into ops.loads (
    load_id, table_name, batch_date, source_file, file_bytes, sha256, row_count, rejected_count, loaded_at, run_id
)
values (%s, %s, %s, %s, %s, %s, %s, %s, now(), %s);
