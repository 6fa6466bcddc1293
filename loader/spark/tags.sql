-- name: next
select coalesce(max(publication_id), 0) + 1 from ops.publications

-- name: kept
select publication_id from ops.publications where published_at >= %s

-- name: tag
alter table {table} create or replace tag `{tag}`

-- name: tag_as_of
alter table {table} create tag `{tag}` as of version {snapshot}

-- name: create_schema
create schema if not exists mart

-- name: drop_view
drop view if exists mart.{name}

-- name: create_view
create view mart.{name} as select * from {table} version as of '{tag}'
