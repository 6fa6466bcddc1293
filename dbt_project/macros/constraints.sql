{#-
    What the YAML declares against what PostgreSQL enforces. dbt applies constraints only when it creates a table: one
    that was changed in YAML, dropped by hand or lost with a rebuilt parent goes unnoticed without this comparison.
    Both sides are rows of (relation_name, kind, definition); a declared one has the list of definitions that say the
    same.
-#}

{#- Every constraint that models, snapshots and published tables declare. -#}
{% macro declared_constraints() -%}
    {%- set declared = [] -%}
    {%- set checks = [] -%}
    {%- for node in graph.nodes.values()
        if node.config.materialized == "incremental" and node.schema in ["production", "quarantine", "ops"] -%}
        {%- do declared.extend(declared_by_model(node)) -%}
        {%- for check in node.constraints if check.type == "check" -%}
            {%- do checks.append((build_relation(node), check.name, check.expression)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set columns = columns_of_published() -%}
    {#- one that the next publication alters is still as an older release declared it -#}
    {%- for node in published_models()
        if columns.get(mart_relation(node), []) | map(attribute=0) | sort == node.columns | sort -%}
        {%- do declared.append((mart_relation(node), "primary key", primary_key_of(node) | join(", "))) -%}
        {%- for foreign_key in node.config.meta.get("foreign_keys", []) -%}
            {%- do declared.append((
                mart_relation(node), "foreign key",
                foreign_key_name(node, foreign_key) ~ ": "
                ~ foreign_key.columns | join(", ") ~ " to mart." ~ foreign_key.to
            )) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.resource_type == "snapshot" -%}
        {%- set relation = build_relation(node) -%}
        {%- do declared.append((relation, "unique", "dbt_scd_id")) -%}
        {%- do declared.append((relation, "exclusion", node.name ~ "_no_overlap")) -%}
        {%- do checks.append((relation, node.name ~ "_positive_length", "dbt_valid_to > dbt_valid_from")) -%}
    {%- endfor -%}
    {%- set found = [] -%}
    {%- for relation, kind, definition in declared -%}
        {%- do found.append((relation, kind, [definition])) -%}
    {%- endfor -%}
    {{ return(found + declared_checks(checks)) }}
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

{#-
    PostgreSQL keeps an expression as a tree and prints it in its own words, which pg_dump writes down and a restore
    reads again: `a between 1 and 2 and b` is printed one way where it was declared, and another way where it was
    restored. So the declared expressions are put on empty copies and printed, and what was printed is read again
    until nothing new comes: whatever the number of restores, the constraint that is present is printed like one of
    these.
-#}
{% macro declared_checks(checks) -%}
    {%- set probes = {} -%}
    {%- for relation, name, expression in checks if relation not in probes -%}
        {%- do probes.update({relation: "probe_of_" ~ relation | replace(".", "_")}) -%}
    {%- endfor -%}
    {%- set probe -%}
        {%- for relation, table in probes.items() %}
        drop table if exists pg_temp.{{ table }};
        create temporary table {{ table }} (like {{ relation }});
        {%- endfor %}
        {%- for relation, name, expression in checks %}
        alter table pg_temp.{{ probes[relation] }} add constraint {{ name }} check ({{ expression }});
        {%- endfor %}
        drop table if exists pg_temp.printed_checks;
        create temporary table printed_checks as
        select
            pg_class.relname as probe_name,
            pg_constraint.conname as check_name,
            pg_get_constraintdef(pg_constraint.oid) as definition
        from pg_constraint
        inner join pg_class on pg_constraint.conrelid = pg_class.oid
        where
            pg_class.relnamespace = pg_my_temp_schema()
            and pg_constraint.contype = 'c'
            and pg_class.relname in ('{{ probes.values() | join("', '") }}');
        do $printed$
        declare
            printed record;
            again text;
        begin
            for printed in select * from pg_temp.printed_checks loop
                again := printed.definition;
                loop
                    execute format(
                        'alter table pg_temp.%I drop constraint %I, add constraint %I %s',
                        printed.probe_name, printed.check_name, printed.check_name, again
                    );
                    select pg_get_constraintdef(oid) into again
                    from pg_constraint
                    where
                        conrelid = format('pg_temp.%I', printed.probe_name)::regclass
                        and conname = printed.check_name;
                    exit when exists (
                        select from pg_temp.printed_checks as known
                        where
                            known.probe_name = printed.probe_name
                            and known.check_name = printed.check_name
                            and known.definition = again
                    );
                    insert into pg_temp.printed_checks
                    values (printed.probe_name, printed.check_name, again);
                end loop;
            end loop;
        end
        $printed$;
        select probe_name, check_name, definition from pg_temp.printed_checks
    {%- endset -%}
    {%- set printed = {} -%}
    {%- for probe_name, name, definition in (run_query(probe).rows if checks else []) -%}
        {%- do printed.setdefault((probe_name, name), []).append(name ~ ": " ~ definition) -%}
    {%- endfor -%}
    {%- set declared = [] -%}
    {%- for relation, name, expression in checks -%}
        {%- do declared.append((relation, "check", printed[(probes[relation], name)])) -%}
    {%- endfor -%}
    {{ return(declared) }}
{%- endmacro %}

{#- Every validated constraint of the relations named, as a query; no name in it depends on a search path. -#}
{% macro present_constraints(relation_names) -%}
    select
        relations.relation_name,
        case pg_constraint.contype
            when 'p' then 'primary key'
            when 'u' then 'unique'
            when 'f' then 'foreign key'
            when 'c' then 'check'
            when 'x' then 'exclusion'
        end as kind,
        case pg_constraint.contype
            when 'c' then pg_constraint.conname || ': ' || pg_get_constraintdef(pg_constraint.oid)
            when 'x' then pg_constraint.conname
            when 'f' then pg_constraint.conname || ': ' || key_columns.names || ' to ' || parents.name
            else key_columns.names
        end as definition
    from unnest(cast(array['{{ relation_names | join("', '") }}'] as text [])) as relations (relation_name)
    inner join pg_constraint on to_regclass(relations.relation_name) = pg_constraint.conrelid
    left join lateral (
        select string_agg(pg_attribute.attname, ', ' order by keys.place) as names
        from unnest(pg_constraint.conkey) with ordinality as keys (attnum, place)
        inner join pg_attribute
            on pg_attribute.attrelid = pg_constraint.conrelid
            and pg_attribute.attnum = keys.attnum
    ) as key_columns on true
    left join lateral (
        select pg_namespace.nspname || '.' || pg_class.relname as name
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where pg_class.oid = pg_constraint.confrelid
    ) as parents on true
    where pg_constraint.contype in ('p', 'u', 'f', 'c', 'x') and pg_constraint.convalidated

    union all

    select
        relations.relation_name,
        'not null' as kind,
        pg_attribute.attname::text as definition
    from unnest(cast(array['{{ relation_names | join("', '") }}'] as text [])) as relations (relation_name)
    inner join pg_attribute on to_regclass(relations.relation_name) = pg_attribute.attrelid
    where pg_attribute.attnotnull and pg_attribute.attnum > 0 and not pg_attribute.attisdropped
{%- endmacro %}

{#- PostgreSQL enforces what is declared, so what is declared has to be there, and nothing that was added by hand. -#}
{% macro postgres__broken_constraints() -%}
    {%- set declared = declared_constraints() if execute else [("", "", [""])] %}
    with

    declared_constraints as (
        select
            declared.relation_name,
            declared.kind,
            declared.definitions
        from (
            values
            {%- for relation_name, kind, definitions in declared %}
            ('{{ relation_name }}', '{{ kind }}', array[
                {%- for definition in definitions -%}
                {{ dbt.string_literal(dbt.escape_single_quotes(definition)) }}{{ ", " if not loop.last }}
                {%- endfor -%}
            ]){{ "," if not loop.last }}
            {%- endfor %}
        ) as declared (relation_name, kind, definitions)
    ),

    present_constraints as (
        {{ present_constraints(declared | map(attribute=0) | unique | list) }}
    )

    select
        coalesce(
            declared_constraints.relation_name, present_constraints.relation_name
        ) as relation_name,
        coalesce(declared_constraints.kind, present_constraints.kind) as kind,
        declared_constraints.definitions as declared_definitions,
        present_constraints.definition as present_definition
    from declared_constraints
    full outer join present_constraints
        on
            declared_constraints.relation_name = present_constraints.relation_name
            and declared_constraints.kind = present_constraints.kind
            and present_constraints.definition = any(declared_constraints.definitions)
    where
        present_constraints.relation_name is null
        -- a primary key makes its columns not null without a word in the YAML
        or (
            declared_constraints.relation_name is null
            and present_constraints.kind <> 'not null'
        )
{%- endmacro %}
