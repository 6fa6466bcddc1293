{#- `--empty` builds every model without a row: it would put history back and empty what is derived. -#}
{% macro refuse_empty() -%}
    {%- if execute and flags.EMPTY -%}
        {{ exceptions.raise_compiler_error(
            "--empty is not for this project: it would build every model without rows, into tables that keep history. "
            ~ "To check models without data, in an empty database: dbt compile, or dbt build on a small batch."
        ) }}
    {%- endif -%}
{%- endmacro %}

{#- Called with a query, raise an error for its first row: its column is the message. -#}
{% macro refuse_what_is_found() -%}
    {%- for row in run_query(caller()).rows -%}
        {{ exceptions.raise_compiler_error(row[0]) }}
    {%- endfor -%}
{%- endmacro %}

{#-
    The loader looks for itself; a dbt command typed by hand holds no lock of the database (loader/history/lock.py), but
    it can see one, and the mark of a restore that is not complete (loader/database/preflight.py). Triggers, views and
    checks of a table run with the rights of who uses it: where roles own the tables (loader roles), nobody who could
    become any of them builds, or new tables would be another's, too.
-#}
{% macro refuse_by_hand() -%}
    {%- if execute and not env_var("SHOP_RUN_ID", "") and flags.WHICH in recorded_commands() -%}
        {%- call refuse_what_is_found() -%}
            select
                'The tables of this database belong to ' || owners.rolname || ' and the roles beside it, and user '
                || current_user || ' has more rights than these. Build as the role that owns dbt''s tables: '
                || 'PGUSER=shop_transformer, or SHOP_ROLES=1 make build.' as message
            from pg_namespace as schemas
            inner join pg_roles as owners on schemas.nspowner = owners.oid
            where
                schemas.nspname = 'ops'
                and not owners.rolsuper
                and owners.rolname <> current_user
                and pg_has_role(current_user, owners.oid, 'member')
                and to_regnamespace('shop_restoring') is null

            union all

            select 'The database holds a part of a backup. Run the restore again: .venv/bin/loader backup restore'
            where to_regnamespace('shop_restoring') is not null

            union all

            select 'Another run is at work: ' || activity.application_name || '. Wait until it is done.'
            from pg_locks as held
            inner join pg_stat_activity as activity on held.pid = activity.pid
            where
                held.locktype = 'advisory'
                and held.granted
                and held.objsubid = 1
                and activity.datname = current_database()
                and ((held.classid::bigint << 32) | held.objid::bigint) = hashtextextended('shop run', 0)
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}

{% macro check_staging_equals_load_record() -%}
    {%- if execute and flags.WHICH in ["build", "run", "test", "snapshot"] -%}
        {%- if load_relation(source("ops", "loads")) is none -%}
            {{ exceptions.raise_compiler_error(
                "Nothing is loaded yet. Load a batch first: make load DATE=2025-12-31"
            ) }}
        {%- endif -%}
        {%- call refuse_what_is_found() -%}
            with newest_load as (
                select table_name, row_count - rejected_count as row_count
                from {{ source("ops", "loads") }}
                where load_id = (select max(load_id) from {{ source("ops", "loads") }})
            ),
            counted as (
                {%- for table in var("delivered_tables") %}
                select '{{ table }}' as table_name, count(*) as row_count
                from {{ source("staging", table) }}
                {{ "union all" if not loop.last }}
                {%- endfor %}
            )
            select
                'staging does not hold what the load record says: ' || counted.table_name || ' has '
                || counted.row_count || ' rows, not ' || coalesce(newest_load.row_count, 0)
                || '. Load the batch again: make load'
            from counted
            left join newest_load on counted.table_name = newest_load.table_name
            -- an optional file that was not delivered is not on record
            where coalesce(newest_load.row_count, 0) <> counted.row_count
            order by counted.table_name
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}

{#-
    No hook runs with a run-operation: publish_from_spark records what was built elsewhere. On Spark nothing is on
    record.
-#}
{% macro recorded_commands() -%}
    {{ return(["build", "run", "test", "snapshot", "seed", "run-operation"] if target.type == "postgres" else []) }}
{%- endmacro %}

{#- An invocation is on record from its start: one that was killed has changed what is built, too. -#}
{% macro record_start(command=flags.WHICH) -%}
    {%- if execute and flags.WHICH in recorded_commands() -%}
        insert into {{ source("ops", "invocations") }} (
            invocation_id, run_id, command, logical_date, started_at, is_complete
        )
        values (
            '{{ invocation_id }}',
            {{ dbt.string_literal(env_var("SHOP_RUN_ID")) if env_var("SHOP_RUN_ID", "") else "null" }},
            '{{ command }}',
            {{ logical_date() }},
            clock_timestamp(),
            false
        )
        on conflict (invocation_id) do nothing
    {%- endif -%}
{%- endmacro %}

{% macro expected_nodes() -%}
    {{ return(
        graph.nodes.values()
        | selectattr("resource_type", "in", ["model", "seed", "snapshot", "test"])
        | rejectattr("config.materialized", "equalto", "ephemeral")
        | map(attribute="unique_id") | list
    ) }}
{%- endmacro %}

{#-
    What the commands that a retry goes on from had brought to a good end. A node is not built again once it
    succeeded, and what depends on a node that did not succeed was skipped, so these results still hold.
-#}
{% macro done_before_a_retry() -%}
    {%- set done = [] -%}
    {%- if env_var("SHOP_RETRY_OF", "") -%}
        {%- set results -%}
            select distinct unique_id
            from {{ source("ops", "node_results") }}
            where
                invocation_id in ('{{ env_var("SHOP_RETRY_OF").split(",") | join("', '") }}')
                and status in ('success', 'pass', 'warn', 'no-op')
        {%- endset -%}
        {%- do done.extend(run_query(results).columns[0].values()) -%}
    {%- endif -%}
    {{ return(done) }}
{%- endmacro %}

{% macro missing_nodes(results) -%}
    {%- set done = done_before_a_retry() -%}
    {%- set missing, failed = [], [] -%}
    {%- for result in results -%}
        {%- set succeeded = result.status in ["success", "pass", "warn", "no-op"] -%}
        {%- do (done if succeeded else failed).append(result.node.unique_id) -%}
    {%- endfor -%}
    {%- for unique_id in expected_nodes() if unique_id not in done -%}
        {%- do missing.append(unique_id) -%}
    {%- endfor -%}
    {{ return({"missing": missing, "failed": failed, "is_complete": not missing and not failed}) }}
{%- endmacro %}

{#- The rows that the database counted for a node's statement; PostgreSQL's driver says -1 where there is no count. -#}
{% macro written_rows(result) -%}
    {%- set counted = (result.adapter_response or {}).get("rows_affected", -1) | int -%}
    {{ return(counted if counted >= 0 and result.node.resource_type not in ["test", "unit_test"] else "null") }}
{%- endmacro %}

{#- After a run: one row for the invocation and one for each node. Messages stay out: they may quote a row. -#}
{% macro record_invocation(results) -%}
    {%- if execute and flags.WHICH in recorded_commands() -%}
        {%- set outcome = missing_nodes(results) -%}
        {{ record_start() }}; {#- again: the session that recorded it may have been lost #}
        update {{ source("ops", "invocations") }}
        set
            completed_at = clock_timestamp(),
            node_count = {{ results | length }},
            expected_node_count = {{ expected_nodes() | length }},
            is_complete = {{ outcome.is_complete }},
            has_failures = {{ outcome.failed | length > 0 }}
        where invocation_id = '{{ invocation_id }}';
        {%- if results %}
        insert into {{ source("ops", "node_results") }} (
            invocation_id, unique_id, resource_type, dimension, status, failures, row_count, execution_seconds
        )
        values
        {%- for result in results %}
        (
            '{{ invocation_id }}',
            '{{ result.node.unique_id }}',
            '{{ result.node.resource_type }}',
            {{ dbt.string_literal(dimension_of_test(result.node)) if dimension_of_test(result.node) else "null" }},
            '{{ result.status }}',
            {{ result.failures if result.failures is not none else "null" }},
            {{ written_rows(result) }},
            {{ result.execution_time | round(3) }}
        ){{ "," if not loop.last }}
        {%- endfor %}
        on conflict (invocation_id, unique_id) do nothing;
        {%- endif %}
    {%- endif -%}
{%- endmacro %}
