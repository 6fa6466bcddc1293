-- name: snapshots
select
    '{table}' as table_name, snapshot_id, unix_micros(committed_at) as committed_at,
    coalesce(cast(summary['total-data-files'] as bigint), 0) as file_count,
    coalesce(cast(summary['total-files-size'] as bigint), 0) as byte_count
from {table}.snapshots

-- name: references
select '{table}' as table_name, type, name, snapshot_id from {table}.refs
