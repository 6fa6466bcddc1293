-- What a step took in, accepted and refused, and the rows that a dbt node wrote.
alter table if exists ops.steps
    add column if not exists rows_in bigint,
    add column if not exists accepted bigint,
    add column if not exists rejected bigint;

alter table if exists ops.node_results
    add column if not exists row_count bigint;
