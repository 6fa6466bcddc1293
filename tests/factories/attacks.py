"""What a reviewer would try as each role, and what comes of it.

DENIED is refused by PostgreSQL. ALLOWED is open to every login, or to this role, and says why that
does no harm.
"""

from typing import NamedTuple

DENIED, ALLOWED = "denied", "allowed"


class Attempt(NamedTuple):
    role: str
    statement: str
    outcome: str = DENIED


BI = [
    "select * from production.customers",
    "select email from production.customers",
    "select * from staging.customers",
    "select * from staging.stg_customers",
    "select * from quarantine.rejected_customers",
    "select raw from quarantine.rejected_lines",
    "select * from snapshots.customers_snapshot",
    "select * from mart_build.dim_customers",
    "select * from ops.loads",
    "select * from ops.row_warnings",
    "insert into mart.dim_payment_methods select * from mart.dim_payment_methods",
    "update mart.fct_sales set revenue_amount = 0",
    "delete from mart.fct_sales",
    "truncate mart.fct_sales",
    "drop table mart.fct_sales",
    "alter table mart.fct_sales add column x int",
    "do $$ begin lock table mart.fct_sales in access exclusive mode; end $$",
    "create index on mart.fct_sales (item_id)",
    "create table mart.mine (x int)",
    "create table public.mine (x int)",
    "create temporary table mine (x int)",
    "create view mart.mine as select 1 as x",
    "create function mart.mine() returns int language sql as 'select 1'",
    "create function public.mine() returns int language sql as 'select 1'",
    "create schema mine",
    "create schema authorization {bi}",
    "create foreign data wrapper mine",
    "create role mine",
    "create database mine",
    "create materialized view mart.mine as select 1 as x",
    "create trigger t before insert on mart.fct_sales execute function mart.mine()",
    "create type mart.mine as (x int)",
    "create publication mine for all tables",
    "create event trigger t on ddl_command_start execute function pg_catalog.now()",
    "select lo_create(0)",
    "select lo_from_bytea(0, 'x')",
    "select pg_advisory_lock(hashtextextended('shop run', 0))",
    "select pg_try_advisory_lock(1)",
    "select pg_advisory_xact_lock(1)",
    "select ops.analyze_staging()",
    "select * from ops.keep_erased_out()",
    "select pg_read_file('/etc/passwd')",
    "select pg_ls_dir('.')",
    "select * from pg_authid",
    "select pg_reload_conf()",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename <> current_user",
    "copy mart.fct_sales to '/tmp/stolen.csv'",
    "copy (select 1) to program 'id'",
    "copy mart.fct_sales from program 'id'",
    "set role {owner}",
    "set role {transformer}",
    "set session authorization postgres",
    "alter role {bi} superuser",
    "alter role {loader} password 'mine'",
    "grant {transformer} to {bi}",
    "grant select on production.customers to {bi}",
    "comment on table mart.fct_sales is 'mine'",
    "alter system set log_statement = 'all'",
    "select setval('ops.load_ids', 1)",
    "select nextval('ops.load_ids')",
]

BI_ALLOWED = [
    "select * from mart.fct_sales",
    "set default_transaction_read_only = off",
    "set statement_timeout = 0",
    "set search_path = production, mart, pg_temp",
    "alter role {bi} set statement_timeout = 0",
    "select query from pg_stat_activity",
    "select relname from pg_class",
    "do $$ begin perform 1; end $$",
    "notify shop",
    # of objects that it cannot make
    "alter default privileges in schema mart grant all on tables to {bi}",
]

LOADER = [
    "select * from production.customers",
    "select * from snapshots.customers_snapshot",
    "select * from staging.stg_customers",
    "select * from mart_build.fct_sales",
    "update staging.customers set email = 'x'",
    "delete from staging.customers",
    "drop table staging.customers",
    "alter table staging.customers add column x int",
    "create table staging.mine (x int)",
    "create temporary table mine (x int)",
    "insert into production.customers select * from production.customers",
    "update mart.fct_sales set revenue_amount = 0",
    "update quarantine.rejected_lines set raw = 'x'",
    "delete from quarantine.rejected_customers",
    "update ops.loads set sha256 = 'x'",
    "delete from ops.loads",
    "delete from ops.runs",
    "truncate ops.runs",
    "select id_hash from ops.erasures",
    "delete from ops.erasures",
    "create schema mine",
    "select lo_create(0)",
    "copy staging.customers from program 'id'",
    "copy staging.customers from '/etc/passwd'",
    "set role {owner}",
]

LOADER_ALLOWED = [
    # a warning: it may not pass on what it has
    "grant all on staging.customers to {bi}",
]

TRANSFORMER = [
    "insert into staging.customers (customer_id) values ('x')",
    "update staging.customers set email = 'x'",
    "truncate staging.customers",
    "drop table staging.customers",
    "insert into ops.loads select * from ops.loads",
    "update ops.loads set row_count = 0",
    "update ops.runs set status = 'succeeded'",
    "delete from ops.publications",
    "delete from quarantine.rejected_lines",
    "update quarantine.rejected_lines set raw = 'x'",
    "select ops.analyze_staging()",
    "select * from ops.keep_erased_out()",
    "delete from ops.erasures",
    "drop schema mart",
    "alter schema mart owner to {bi}",
    "create schema mine",
    "create table public.mine (x int)",
    "create role mine",
    "create foreign data wrapper mine",
    "select lo_create(0)",
    "select * from pg_authid",
    "select pg_read_file('/etc/passwd')",
    "copy mart.fct_sales to '/tmp/stolen.csv'",
    "set role {owner}",
]

ATTEMPTS = [
    *(Attempt("bi", statement) for statement in BI),
    *(Attempt("bi", statement, ALLOWED) for statement in BI_ALLOWED),
    *(Attempt("loader", statement) for statement in LOADER),
    *(Attempt("loader", statement, ALLOWED) for statement in LOADER_ALLOWED),
    *(Attempt("transformer", statement) for statement in TRANSFORMER),
]
