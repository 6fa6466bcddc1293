-- How many lines of a delivered file were no records.
alter table if exists ops.loads
    add column if not exists rejected_count bigint not null default 0
        check (rejected_count between 0 and row_count);
