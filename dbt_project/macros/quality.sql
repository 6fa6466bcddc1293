{% macro dimension_of(kind, name) -%}
    {%- for dimension, checks in var("quality_dimensions").items() if name in checks[kind] -%}
        {{ return(dimension) }}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}

{#- A rule that nobody gave a dimension would be missing in every score. -#}
{% macro check_dimension_of_rule(code) -%}
    {%- set rule = code.split(":")[0] -%}
    {%- if not dimension_of("rules", rule) -%}
        {{ exceptions.raise_compiler_error(
            "The rule " ~ code ~ " has no dimension: add " ~ rule
            ~ " to quality_dimensions in dbt_project.yml, under one of "
            ~ var("quality_dimensions") | join(", ") ~ "."
        ) }}
    {%- endif -%}
{%- endmacro %}

{#-
    None for a node that is no test of data, and for a test that nobody gave one
    (tests/integration/dbt/test_quality.py insists).
-#}
{% macro dimension_of_test(node) -%}
    {%- if node.resource_type != "test" -%}{{ return(none) }}{%- endif -%}
    {%- set by_name = dimension_of("tests", node.test_metadata.name) if node.test_metadata else none -%}
    {{ return(node.config.meta.get("dimension", by_name)) }}
{%- endmacro %}

{% macro accepted_pct(accepted, delivered) -%}
    cast(floor({{ ratio("10000.0 * (" ~ accepted ~ ")", delivered) }}) / 100 as numeric(5, 2))
{%- endmacro %}

{#-
    Whether a value is off what is usual: by more than so many deviations, and by more than a share of the median and a
    least amount. 1.4826 makes of a median deviation what a standard deviation would be.
-#}
{% macro is_anomalous(value, median, median_deviation, deviations, share, least="0") -%}
    abs({{ value }} - {{ median }}) > greatest(
        {{ deviations }} * 1.4826 * {{ median_deviation }}, {{ share }} * {{ median }}, {{ least }}
    )
{%- endmacro %}

{% macro tested_tables(node) -%}
    {%- set parents, tables = [], [] -%}
    {%- for parent in node.depends_on.nodes if not parent.startswith("source.") -%}
        {%- do parents.append(parent.split(".")[-1]) -%}
    {%- endfor -%}
    {%- for table in var("delivered_tables") -%}
        {%- set fact = "fct_sales" if table == "transaction_items" else "fct_" ~ table -%}
        {%- set models = [table, "stg_" ~ table, "rejected_" ~ table, table ~ "_snapshot", "dim_" ~ table, fact] -%}
        {%- if parents | select("in", models) | list -%}{%- do tables.append(table) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(tables) }}
{%- endmacro %}

{% macro expected_checks() -%}
    {%- set checks = [] -%}
    {%- for table, dimensions in var("checked_dimensions").items() -%}
        {%- for dimension in ["all"] + dimensions -%}
            {%- do checks.append((table, dimension, "model.shop.quality_counts")) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.resource_type == "test" and node.config.severity | lower == "error" -%}
        {%- for table in tested_tables(node) -%}
            {%- do checks.append((table, "all", node.unique_id)) -%}
            {%- if dimension_of_test(node) in var("checked_dimensions")[table] -%}
                {%- do checks.append((table, dimension_of_test(node), node.unique_id)) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(checks) }}
{%- endmacro %}

{#-
    After a run: the scores of the batch. A check counts with its newest result since the batch was loaded. Where one
    did not run, or did not get to an answer, there is no score; where one failed, it is 0; else the lesser of rows
    and money.
-#}
{% macro record_quality() -%}
    {%- if execute and flags.WHICH in recorded_commands() and columns_by_relation(["ops.quality_counts"]) -%}
        delete from {{ source("ops", "quality_scores") }} where batch_date = {{ logical_date() }};
        with checks (table_name, dimension, unique_id) as (
            values
            {%- for table, dimension, unique_id in expected_checks() %}
            ('{{ table }}', '{{ dimension }}', '{{ unique_id }}'){{ "," if not loop.last }}
            {%- endfor %}
        ),
        newest_results as (
            select distinct on (node_results.unique_id)
                node_results.unique_id,
                node_results.status
            from {{ source("ops", "node_results") }} as node_results
            inner join {{ source("ops", "invocations") }} as invocations
                on node_results.invocation_id = invocations.invocation_id
            where
                invocations.logical_date = {{ logical_date() }}
                and invocations.started_at >= (select max(loads.loaded_at) from {{ source("ops", "loads") }} as loads)
            order by node_results.unique_id, invocations.started_at desc
        ),
        counted_checks as (
            select
                checks.table_name,
                checks.dimension,
                count(*) as check_count,
                count(*) filter (where newest_results.status = 'fail') as failed_count,
                count(*) filter (
                    where coalesce(newest_results.status, 'missing') not in ('success', 'pass', 'warn', 'fail')
                ) as missing_count
            from checks
            left join newest_results on checks.unique_id = newest_results.unique_id
            group by checks.table_name, checks.dimension
        )
        insert into {{ source("ops", "quality_scores") }} (
            batch_date, table_name, dimension, rows_pct, money_pct, check_count, failed_count, missing_count, score
        )
        select
            counts.batch_date,
            counts.table_name,
            counts.dimension,
            counts.rows_pct,
            counts.money_pct,
            counted_checks.check_count,
            counted_checks.failed_count,
            counted_checks.missing_count,
            case
                when counts.delivered_count = 0 or counted_checks.missing_count > 0 then null
                when counted_checks.failed_count > 0 then 0
                else least(counts.rows_pct, counts.money_pct)
            end as score
        from ops.quality_counts as counts
        inner join counted_checks
            on counts.table_name = counted_checks.table_name
            and counts.dimension = counted_checks.dimension
        where counts.batch_date = {{ logical_date() }}
    {%- endif -%}
{%- endmacro %}
