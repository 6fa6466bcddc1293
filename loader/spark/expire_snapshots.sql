-- name: drop
alter table {table} drop {kind} `{name}`

-- name: expire
call spark_catalog.system.expire_snapshots(
    table => '{table}', older_than => timestamp '{before}', retain_last => 1
)

-- name: remove_orphans
call spark_catalog.system.remove_orphan_files(table => '{table}', older_than => timestamp '{orphaned}')
