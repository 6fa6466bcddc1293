-- The schemas and tables that the loader owns, as they are in a new database; staging.sql
-- has the raw tables. Every statement can run again at any time: nothing is dropped,
-- nothing is emptied. An older database is brought here by loader/database/migrations
-- first. dbt creates everything else.

create schema if not exists staging;
create schema if not exists quarantine;
create schema if not exists production;
create schema if not exists snapshots;
create schema if not exists seeds;
create schema if not exists mart_build;
create schema if not exists mart;
create schema if not exists ops;

-- The end of the comment marks the schema as made here (loader/database/preflight.py): what is in a schema
-- without it is somebody else's.
comment on schema staging is
    'The batch as delivered, all text, and the same rows typed, with their reasons. Truncated and reloaded with each batch. [ecommerce-analytics]';
comment on schema quarantine is
    'Every row that was not accepted: raw text, batch date, file, line, reasons, status. [ecommerce-analytics]';
comment on schema production is
    'Third normal form, current state, cumulative. Keys and checks enforced by PostgreSQL. [ecommerce-analytics]';
comment on schema snapshots is
    'History of customers and products: half-open intervals of logical time. [ecommerce-analytics]';
comment on schema seeds is
    'Expected values and holidays, as the files in dbt_project/seeds have them. [ecommerce-analytics]';
comment on schema mart_build is
    'The star schema as dbt builds it, before it is audited. Not for reading. [ecommerce-analytics]';
comment on schema mart is
    'The star schema as published: all tables of one publication, changed in one transaction. [ecommerce-analytics]';
comment on schema ops is
    'The record of what happened: runs, steps, loads, test results, publications. [ecommerce-analytics]';

-- Quarantine of lines that are no records ---------------------------------------------
-- Rows that are records and break a rule go to dbt's rejected_<table>. The loader sets
-- what the defaults read for its transaction.

create table if not exists quarantine.rejected_lines (
    batch_date date not null default current_setting('loader.batch_date')::date,
    table_name text not null default current_setting('loader.table_name'),
    line_number bigint not null,
    source_file text not null default current_setting('loader.table_name') || '.csv',
    code text not null,
    column_name text,
    raw bytea not null,
    status text not null default 'unreadable' check (status = 'unreadable'),
    primary key (batch_date, table_name, line_number)
);

comment on table quarantine.rejected_lines is
    'One row per delivered line that is no record: the rest of its file was loaded. A batch that is loaded again replaces its lines.';
comment on column quarantine.rejected_lines.batch_date is 'Logical date of the batch.';
comment on column quarantine.rejected_lines.table_name is 'Which of the files: customers, products, transactions, transaction_items, returns.';
comment on column quarantine.rejected_lines.line_number is 'Physical line of the file on which the record starts; the header is line 1.';
comment on column quarantine.rejected_lines.source_file is 'Name of the file the line came from.';
comment on column quarantine.rejected_lines.code is 'What is wrong, by the codes of docs/bad-files.md.';
comment on column quarantine.rejected_lines.column_name is 'The column in which reading stopped; null where the line as a whole is wrong.';
comment on column quarantine.rejected_lines.raw is 'The bytes of the line as delivered, its line end included. May hold personal data.';
comment on column quarantine.rejected_lines.status is 'unreadable: it cannot be tried again, only delivered again.';


-- Runs ------------------------------------------------------------------------------

create table if not exists ops.migrations (
    number integer primary key,
    name text not null,
    applied_at timestamp with time zone not null default clock_timestamp()
);

comment on table ops.migrations is 'One row per change of the loader''s tables that this database has; a new database has all of them.';
comment on column ops.migrations.number is 'Number of the file in loader/database/migrations; they are applied in order, each once.';
comment on column ops.migrations.name is 'Name of the file without number and ending.';
comment on column ops.migrations.applied_at is 'When it was applied, or the database was made.';

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
    rows_in bigint,
    accepted bigint,
    rejected bigint,
    error text,
    primary key (run_id, step, attempt)
);

create table if not exists ops.table_sizes (
    run_id text not null references ops.runs (run_id) on delete cascade,
    relation_name text not null,
    total_bytes bigint not null,
    row_estimate bigint not null,
    primary key (run_id, relation_name)
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

-- Batches that were taken back: each is found here from before the first row goes.
create table if not exists ops.reverted_batches (
    archived_batch text primary key,
    batch_date date not null,
    started_at timestamp with time zone not null default clock_timestamp(),
    emptied_at timestamp with time zone,
    completed_at timestamp with time zone,
    is_replaced boolean not null default false
);

comment on table ops.reverted_batches is 'One row per batch that was taken back or replaced; everything is then as if it had not been loaded.';
comment on column ops.reverted_batches.archived_batch is 'The batch''s name in archive/, date and number of its load.';
comment on column ops.reverted_batches.batch_date is 'Logical date of the batch.';
comment on column ops.reverted_batches.started_at is 'When it began to be taken back.';
comment on column ops.reverted_batches.emptied_at is 'When the tables were emptied, to be filled from the archive; null until then.';
comment on column ops.reverted_batches.completed_at is 'When the mart without the batch was published and exported; null until then: revert-batch goes on, and puts back what was to be replaced.';
comment on column ops.reverted_batches.is_replaced is 'Whether another delivery of the date took its place.';

comment on table ops.runs is 'One row per run of the pipeline, written when it starts and again when it ends.';
comment on column ops.runs.run_id is 'UTC start of the run and six random hexadecimal digits.';
comment on column ops.runs.logical_date is 'The date of the batch that the run is about.';
comment on column ops.runs.command is 'The steps asked for, in order.';
comment on column ops.runs.started_at is 'When the run started.';
comment on column ops.runs.ended_at is 'When the run ended; null while it is running. For a killed run, when the next run found it dead.';
comment on column ops.runs.status is 'running, succeeded or failed. A killed run is marked failed by the next run.';
comment on column ops.runs.error is 'Why the run failed, in one line; null unless it did.';

comment on table ops.steps is 'One row per attempt of one step of a run.';
comment on column ops.steps.run_id is 'The run the step belongs to.';
comment on column ops.steps.step is 'generate, load, build, publish, export, dashboard, audit or report.';
comment on column ops.steps.attempt is 'Number of the attempt, from 1.';
comment on column ops.steps.started_at is 'When the attempt started.';
comment on column ops.steps.ended_at is 'When the attempt ended; null while it is running.';
comment on column ops.steps.status is 'running, succeeded or failed.';
comment on column ops.steps.rows_in is 'Rows that the step took in; null where it moves none, or failed.';
comment on column ops.steps.accepted is 'Rows of these that it passed on.';
comment on column ops.steps.rejected is 'Rows of these that it refused: rows_in = accepted + rejected.';
comment on column ops.steps.error is 'Why the attempt failed, in one line; null unless it did.';

comment on table ops.table_sizes is 'One row per table and run: how large the run left it.';
comment on column ops.table_sizes.run_id is 'The run at whose end it was measured.';
comment on column ops.table_sizes.relation_name is 'Schema and table.';
comment on column ops.table_sizes.total_bytes is 'Size on disk, with indexes.';
comment on column ops.table_sizes.row_estimate is 'Rows, as the planner estimates them; -1 where it never looked.';

comment on sequence ops.load_ids is 'Numbers the loads. A load that was rolled back leaves a gap.';
comment on table ops.loads is 'One row per file of a load. The four rows of max(load_id) say what staging holds now.';
comment on column ops.loads.load_id is 'Number of the load; the files of one load share it.';
comment on column ops.loads.table_name is 'The staging table the file went into.';
comment on column ops.loads.batch_date is 'Logical date of the batch.';
comment on column ops.loads.source_file is 'Path of the file as it was given.';
comment on column ops.loads.file_bytes is 'Size of the file''s content in bytes, unpacked.';
comment on column ops.loads.sha256 is 'SHA-256 of the file''s content, unpacked, hexadecimal.';
comment on column ops.loads.row_count is 'Records in the file, without the header: those in staging and those rejected.';
comment on column ops.loads.rejected_count is 'Lines of the file that are no records and are in quarantine.rejected_lines.';
comment on column ops.loads.loaded_at is 'Start of the transaction that loaded the file.';
comment on column ops.loads.run_id is 'The run that loaded it; null when it was loaded outside a run.';


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
    row_count bigint,
    execution_seconds numeric,
    dimension text,
    primary key (invocation_id, unique_id)
);

create table if not exists ops.quality_scores (
    batch_date date not null,
    table_name text not null,
    dimension text not null,
    rows_pct numeric(5, 2),
    money_pct numeric(5, 2),
    check_count integer not null,
    failed_count integer not null,
    missing_count integer not null,
    score numeric(5, 2) check (score is null or missing_count = 0),
    primary key (batch_date, table_name, dimension)
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

create table if not exists ops.publication_months (
    publication_id bigint not null references ops.publications (publication_id),
    year_month text not null,
    primary key (publication_id, year_month)
);

create table if not exists ops.copied_snapshots (
    table_name text primary key,
    snapshot_id bigint
);

comment on table ops.invocations is 'One row per dbt command that ran nodes.';
comment on column ops.invocations.invocation_id is 'dbt''s own identifier of the command.';
comment on column ops.invocations.run_id is 'The run the command was part of; null when typed by hand.';
comment on column ops.invocations.command is 'Which dbt command it was, for example build.';
comment on column ops.invocations.logical_date is 'Logical date of the batch in staging.';
comment on column ops.invocations.started_at is 'When the command started.';
comment on column ops.invocations.completed_at is 'When its last node was done.';
comment on column ops.invocations.node_count is 'Nodes that ran.';
comment on column ops.invocations.expected_node_count is 'Nodes the project has for this command.';
comment on column ops.invocations.is_complete is 'Whether every node of the project ran.';
comment on column ops.invocations.has_failures is 'Whether a model failed or a test of severity error did.';

comment on table ops.node_results is 'One row per node that a dbt command ran.';
comment on column ops.node_results.invocation_id is 'The command that ran the node.';
comment on column ops.node_results.unique_id is 'dbt''s name of the node, for example test.shop.assert_….';
comment on column ops.node_results.resource_type is 'model, test, snapshot, seed or unit_test.';
comment on column ops.node_results.status is 'dbt''s result, for example success, pass, warn, fail, error or skipped.';
comment on column ops.node_results.failures is 'Rows that failed the test; null for other nodes.';
comment on column ops.node_results.row_count is 'Rows that the node wrote, as the database counted; null for a test.';
comment on column ops.node_results.dimension is 'What a test is about: completeness, uniqueness, validity, consistency, referential_integrity or timeliness; null for other nodes.';
comment on column ops.node_results.execution_seconds is 'How long the node took, in seconds.';

comment on table ops.quality_scores is 'One row per batch, table and dimension of quality (all: the table as a whole): what share of it was good, by rules and tests.';
comment on column ops.quality_scores.batch_date is 'Logical date of the batch.';
comment on column ops.quality_scores.table_name is 'Which of the files: customers, products, transactions, transaction_items, returns.';
comment on column ops.quality_scores.dimension is 'completeness, uniqueness, validity, consistency, referential_integrity, timeliness, or all.';
comment on column ops.quality_scores.rows_pct is 'Accepted rows in percent of those delivered.';
comment on column ops.quality_scores.money_pct is 'Accepted amount in percent of that delivered; null where the file has no money.';
comment on column ops.quality_scores.check_count is 'Checks that the score stands on: the rules together, and each test.';
comment on column ops.quality_scores.failed_count is 'Tests of these that failed.';
comment on column ops.quality_scores.missing_count is 'Checks of these that did not run since the batch was loaded, or came to no answer.';
comment on column ops.quality_scores.score is 'The lesser of rows and money; 0 where a test failed; null where a check did not run or nothing was delivered.';

comment on table ops.publications is 'One row per publication of the mart, written in the transaction that published it.';
comment on column ops.publications.publication_id is 'Number of the publication.';
comment on column ops.publications.invocation_id is 'The dbt command that published.';
comment on column ops.publications.logical_date is 'Logical date of the batch that was published.';
comment on column ops.publications.published_at is 'When the publishing transaction started.';
comment on column ops.publications.is_full is 'Whether all rows were compared rather than the changed ones.';

comment on table ops.publication_relations is 'One row per relation of the mart in a publication.';
comment on column ops.publication_relations.publication_id is 'The publication.';
comment on column ops.publication_relations.relation_name is 'Relation in schema mart.';
comment on column ops.publication_relations.row_count is 'Rows after the publication.';
comment on column ops.publication_relations.inserted_count is 'Rows that came.';
comment on column ops.publication_relations.deleted_count is 'Rows that went.';

comment on table ops.publication_months is 'One row per publication and calendar month whose sales or returns it changed; none where it compared whole tables.';
comment on column ops.publication_months.publication_id is 'The publication.';
comment on column ops.publication_months.year_month is 'Calendar month in which a sale or return came, went or changed, YYYY-MM.';

comment on table ops.copied_snapshots is 'One row per table of which Spark''s changes are copied, written in the transaction that copied them.';
comment on column ops.copied_snapshots.table_name is 'The table with its schema, of the same name on Spark.';
comment on column ops.copied_snapshots.snapshot_id is 'Snapshot of Iceberg that the table here is equal to; null of a table that had none.';


-- Statistics belong to a table's owner: whoever loads asks for them through this. Text that is read
-- whole needs no more than a small sample, which takes a tenth of the usual one's time.
create or replace function ops.analyze_staging() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp set default_statistics_target = 10 as $$
begin
    analyze staging.customers, staging.products, staging.transactions, staging.transaction_items, staging.returns;
end
$$;

revoke all on function ops.analyze_staging() from public;
comment on function ops.analyze_staging() is 'Updates the planner''s statistics of the raw tables after a load.';


-- Erased customers ----------------------------------------------------------------------

create table if not exists ops.erasures (
    pseudonym text primary key,
    id_hash bytea not null unique,
    salt bytea not null,
    erased_at timestamp with time zone,
    completed_at timestamp with time zone
);

comment on table ops.erasures is 'One row per customer who was erased. Nothing in it says who it was.';
comment on column ops.erasures.pseudonym is 'The id that took the place of the customer''s.';
comment on column ops.erasures.id_hash is 'SHA-256 of salt and id: by it a later delivery is recognised.';
comment on column ops.erasures.salt is 'Random bytes, the same in every row.';
comment on column ops.erasures.erased_at is 'When the first of the rows were made anonymous; null while the person was found nowhere.';
comment on column ops.erasures.completed_at is 'When the mart without the customer was published; null until then: run the erasure again.';
