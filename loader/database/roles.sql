-- Who may do what. Every statement can run again at any time; names are filled in
-- by loader/database/roles.py, which has made the roles before.

-- Nobody does anything by default: no temporary tables, no objects in public.
revoke all on database {database} from public;
revoke all on schema public from public;
alter default privileges for role {owner} revoke execute on functions from public;
alter default privileges for role {transformer} revoke execute on functions from public;

grant create on database {database} to {owner};
grant connect on database {database} to {loader}, {bi};
grant connect, temporary on database {database} to {transformer};

-- loader: fills staging and the quarantine of lines, keeps the record, reads what it
-- reports and exports.
grant usage on schema staging, quarantine, mart, ops to {loader};
alter default privileges for role {transformer} in schema quarantine
    grant select on tables to {loader};
alter default privileges for role {transformer} in schema ops
    grant select on tables to {loader};
alter default privileges for role {transformer} in schema mart
    grant select on tables to {loader};
grant select on all tables in schema quarantine, ops, mart to {loader};

-- transformer: reads what was loaded, owns what dbt makes; loader/database/roles.py says what it may write
-- of the loader's tables.
grant usage, create on schema
    staging, quarantine, production, snapshots, seeds, mart_build, mart, ops to {transformer};

-- bi: reads the mart and nothing else. The settings are defaults that a session can change;
-- the limits are the privileges.
grant usage on schema mart to {bi};
alter default privileges for role {transformer} in schema mart grant select on tables to {bi};
grant select on all tables in schema mart to {bi};
alter role {bi} connection limit 20;
alter role {bi} set search_path = mart;
alter role {bi} set default_transaction_read_only = on;
alter role {bi} set default_transaction_isolation = 'repeatable read';
alter role {bi} set statement_timeout = '60s';
alter role {bi} set idle_in_transaction_session_timeout = '60s';

-- A killed client's statement ends within a second.
alter role {loader} set client_connection_check_interval = '1s';
alter role {transformer} set client_connection_check_interval = '1s';
alter role {loader} set search_path = pg_catalog;
alter role {transformer} set search_path = pg_catalog;

grant execute on function ops.analyze_staging() to {loader};
grant execute on function ops.anonymize_erased_customers() to {loader};
grant execute on function
    ops.visible_text(text), ops.visible_code(text), ops.clean_block(text), ops.clean_line(text),
    ops.clean_code(text), ops.ids_in(bytea)
    to {owner}, {loader}, {transformer};
