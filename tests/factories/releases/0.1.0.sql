-- The loader's tables in schema ops as release 0.1.0, the baseline, made them: what a migration starts from.
create schema staging;
comment on schema staging is '[ecommerce-analytics]';
create schema quarantine;
comment on schema quarantine is '[ecommerce-analytics]';
create schema production;
comment on schema production is '[ecommerce-analytics]';
create schema snapshots;
comment on schema snapshots is '[ecommerce-analytics]';
create schema mart_build;
comment on schema mart_build is '[ecommerce-analytics]';
create schema mart;
comment on schema mart is '[ecommerce-analytics]';
create schema ops;
comment on schema ops is '[ecommerce-analytics]';

create table if not exists ops.runs (
    run_id text primary key,
    logical_date date,
    command text not null,
    started_at timestamp with time zone not null,
    ended_at timestamp with time zone,
    status text not null check (status in ('running', 'succeeded', 'failed')),
    error text
);

create table if not exists ops.steps (
    run_id text not null references ops.runs (run_id),
    step text not null,
    attempt integer not null default 1,
    started_at timestamp with time zone not null,
    ended_at timestamp with time zone,
    status text not null check (status in ('running', 'succeeded', 'failed')),
    error text,
    rows_in bigint,
    accepted bigint,
    rejected bigint,
    primary key (run_id, step, attempt)
);

create sequence if not exists ops.load_ids;

create table if not exists ops.loads (
    load_id bigint not null,
    table_name text not null,
    batch_date date not null,
    source_file text not null,
    file_bytes bigint not null check (file_bytes >= 0),
    sha256 text not null,
    row_count bigint not null check (row_count >= 0),
    loaded_at timestamp with time zone not null,
    run_id text references ops.runs (run_id),
    rejected_count bigint not null default 0 check (rejected_count between 0 and row_count),
    primary key (load_id, table_name)
);

-- dbt's record, written by its hooks --------------------------------------------------

create table if not exists ops.invocations (
    invocation_id text primary key,
    run_id text,
    command text,
    logical_date date,
    started_at timestamp with time zone,
    completed_at timestamp with time zone,
    node_count integer,
    expected_node_count integer,
    is_complete boolean,
    has_failures boolean
);

create table if not exists ops.node_results (
    invocation_id text not null references ops.invocations (invocation_id),
    unique_id text not null,
    resource_type text,
    status text,
    failures bigint,
    execution_seconds numeric,
    row_count bigint,
    dimension text,
    primary key (invocation_id, unique_id)
);

create table if not exists ops.publications (
    publication_id bigint generated always as identity primary key,
    invocation_id text,
    logical_date date,
    published_at timestamp with time zone,
    is_full boolean
);

create table if not exists ops.publication_relations (
    publication_id bigint not null references ops.publications (publication_id),
    relation_name text not null,
    row_count bigint,
    inserted_count bigint,
    deleted_count bigint,
    primary key (publication_id, relation_name)
);

create table ops.migrations (
    number integer primary key,
    name text not null,
    applied_at timestamp with time zone not null default clock_timestamp()
);
insert into ops.migrations (number, name) values (8, 'baseline');
