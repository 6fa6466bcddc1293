{#-
    What the YAML declares against what PostgreSQL enforces. dbt applies constraints only when it creates a table: one that
    was changed in YAML, dropped by hand or lost with a rebuilt parent goes unnoticed without this comparison.
    Both sides are rows of (relation_name, kind, definition).
-#}

{#- Every constraint that models, snapshots and published tables declare. -#}
{% macro declared_constraints() -%}
    {%- set declared = [] -%}
    {%- set kept = graph.nodes.values()
        | selectattr("config.materialized", "equalto", "incremental")
        | selectattr("schema", "in", ["production", "quarantine", "ops"]) | list -%}
    {%- for node in kept -%}
        {%- do declared.extend(declared_by_model(node)) -%}
    {%- endfor -%}
    {%- do declared.extend(declared_checks(kept)) -%}
    {%- set columns = columns_of_published() -%}
    {%- for node in published_models() if mart_relation(node) in columns -%}
        {%- do declared.append((mart_relation(node), "primary key", primary_key_of(node) | join(", "))) -%}
        {%- for foreign_key in node.config.meta.get("foreign_keys", []) -%}
            {%- do declared.append((
                mart_relation(node), "foreign key",
                foreign_key_name(node, foreign_key) ~ ": " ~ foreign_key.columns | join(", ") ~ " to mart." ~ foreign_key.to
            )) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.resource_type == "snapshot" -%}
        {%- set relation = build_relation(node) -%}
        {%- do declared.append((relation, "unique", "dbt_scd_id")) -%}
        {%- do declared.append((relation, "exclusion", node.name ~ "_no_overlap")) -%}
        {%- do declared.append((
            relation, "check", node.name ~ "_positive_length: CHECK ((dbt_valid_to > dbt_valid_from))"
        )) -%}
    {%- endfor -%}
    {{ return(declared) }}
{%- endmacro %}

{% macro declared_by_model(node) -%}
    {%- set relation = build_relation(node) -%}
    {%- set declared = [] -%}
    {%- for column in node.columns.values() -%}
        {%- for constraint in column.constraints -%}
            {%- if constraint.type == "unique" -%}
                {%- do declared.append((relation, "unique", column.name)) -%}
            {%- elif constraint.type == "not_null" -%}
                {%- do declared.append((relation, "not null", column.name)) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for constraint in node.constraints -%}
        {%- if constraint.type == "primary_key" -%}
            {%- do declared.append((relation, "primary key", constraint.columns | join(", "))) -%}
        {%- elif constraint.type == "foreign_key" -%}
            {#- "ref('customers')" before the node is compiled, a relation's full name after it -#}
            {%- set parent = modules.re.findall("[a-z_]+", constraint.to)[-1] -%}
            {%- do declared.append((
                relation, "foreign key",
                constraint.name ~ ": " ~ constraint.columns | join(", ") ~ " to production." ~ parent
            )) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(declared) }}
{%- endmacro %}

{#- PostgreSQL rewrites an expression it stores, so the declared ones are put on empty copies and read back. -#}
{% macro declared_checks(nodes) -%}
    {%- set probe -%}
        {%- for node in nodes %}
        drop table if exists pg_temp.{{ probe_name(node) }};
        create temporary table {{ probe_name(node) }} (like {{ build_relation(node) }});
            {%- for check in node.constraints | selectattr("type", "equalto", "check") %}
        alter table pg_temp.{{ probe_name(node) }} add constraint {{ check.name }} check ({{ check.expression }});
            {%- endfor %}
        {%- endfor %}
        select pg_class.relname, pg_constraint.conname || ': ' || pg_get_constraintdef(pg_constraint.oid)
        from pg_constraint
        inner join pg_class on pg_constraint.conrelid = pg_class.oid
        where pg_class.relnamespace = pg_my_temp_schema() and pg_constraint.contype = 'c'
    {%- endset -%}
    {%- set relations = {} -%}
    {%- for node in nodes -%}{%- do relations.update({probe_name(node): build_relation(node)}) -%}{%- endfor -%}
    {%- set declared = [] -%}
    {%- for name, definition in (run_query(probe).rows if nodes else []) if name in relations -%}
        {%- do declared.append((relations[name], "check", definition)) -%}
    {%- endfor -%}
    {{ return(declared) }}
{%- endmacro %}

{% macro probe_name(node) -%} probe_of_{{ node.schema }}_{{ node.name }} {%- endmacro %}

{#- Every validated constraint of the relations named, as a query. -#}
{% macro present_constraints(relation_names) -%}
    select
        conrelid::regclass::text as relation_name,
        case contype
            when 'p' then 'primary key'
            when 'u' then 'unique'
            when 'f' then 'foreign key'
            when 'c' then 'check'
            when 'x' then 'exclusion'
        end as kind,
        case contype
            when 'c' then conname || ': ' || pg_get_constraintdef(pg_constraint.oid)
            when 'x' then conname
            when 'f' then conname || ': ' || key_columns.names || ' to ' || confrelid::regclass::text
            else key_columns.names
        end as definition
    from pg_constraint
    left join lateral (
        select string_agg(attname, ', ' order by place) as names
        from unnest(conkey) with ordinality as keys (attnum, place)
        inner join pg_attribute
            on pg_attribute.attrelid = conrelid
            and pg_attribute.attnum = keys.attnum
    ) as key_columns on true
    where
        contype in ('p', 'u', 'f', 'c', 'x')
        and convalidated
        and conrelid::regclass::text in ('{{ relation_names | join("', '") }}')

    union all

    select
        attrelid::regclass::text as relation_name,
        'not null' as kind,
        attname::text as definition
    from pg_attribute
    where
        attnotnull
        and attnum > 0
        and not attisdropped
        and attrelid::regclass::text in ('{{ relation_names | join("', '") }}')
{%- endmacro %}
