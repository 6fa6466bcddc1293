-- name: expired
-- The newest stays.
select count(*) from (
    select committed_at, max(committed_at) over () as newest from {table}.snapshots
)
where committed_at < timestamp '{before}' and committed_at < newest

-- name: compact
call spark_catalog.system.rewrite_data_files(table => '{table}')

-- name: expire
call spark_catalog.system.expire_snapshots(
    table => '{table}', older_than => timestamp '{before}', retain_last => 1
)

-- name: remove_orphans
call spark_catalog.system.remove_orphan_files(table => '{table}', older_than => timestamp '{orphaned}')
