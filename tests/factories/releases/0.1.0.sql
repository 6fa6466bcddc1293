-- The loader's tables in schema ops as release 0.1.0 made them: what a migration starts from.
create schema if not exists staging;
create schema if not exists quarantine;
create schema if not exists production;
create schema if not exists snapshots;
create schema if not exists mart_build;
create schema if not exists mart;
create schema if not exists ops;

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




