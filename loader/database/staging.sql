-- A raw table, for each that dbt_project.yml declares. COPY streams the file's own
-- records, each behind the number of the line it starts on. Packed or not, a file has one
-- name here, so that a replay gives the same rows.
create table if not exists staging.{table} (
    {columns},
    _line_number bigint not null,
    _source_file text not null default '{table}.csv',
    _loaded_at timestamp with time zone not null default now()
);

-- One of an older release gets the columns that came later.
alter table staging.{table}
    {added_columns};

comment on table staging.{table} is 'One row per record of {table}.csv, as delivered.';
{column_comments}
comment on column staging.{table}._line_number is 'Physical line of the file on which the record starts; the header is line 1.';
comment on column staging.{table}._source_file is 'Name of the file the record came from; its full path is in ops.loads.';
comment on column staging.{table}._loaded_at is 'Start of the transaction that loaded the record.';
