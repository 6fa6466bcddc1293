-- What a test that dbt ran is about.
alter table if exists ops.node_results
    add column if not exists dimension text;
