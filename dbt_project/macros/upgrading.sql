{#-
    How a release with other columns reaches a database that is already there. Tables that are never rebuilt
    (production, quarantine, ops) are altered before a model reads them: a new column comes, a type changes. What old
    rows hold in a new column is the expression that its YAML has as meta backfill. What would lose data (a column that
    goes) or needs thought (its other constraints) is a file in loader/database/migrations. A snapshot gets the types of
    the model it reads: dbt would cut new values to its old ones, and find them changed every day. What is derived is
    made anew: dbt does that to tables by itself; incremental tables of mart_build and seeds go here.
-#}

{#- Before a build: bring tables to the columns that their YAML declares. -#}
{% macro upgrade_tables() -%}
    {%- if execute and flags.WHICH in ["build", "run", "seed", "snapshot"] -%}
        {%- set derived = [] -%}
        {%- set outgrown = [] -%}
        {%- set kept = graph.nodes.values()
            | selectattr("config.materialized", "in", ["seed", "incremental", "snapshot"]) | list -%}
        {%- set types = [] -%}
        {%- set names = [] -%}
        {%- for node in kept -%}
            {%- do names.append(build_relation(node)) -%}
            {%- if node.resource_type == "model" -%}
                {%- do types.extend(node.columns.values() | map(attribute="data_type")) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set type_names = names_of_types(types) -%}
        {%- set columns = columns_by_relation(names) -%}
        {%- for node in kept if build_relation(node) in columns -%}
            {%- set present = dict(columns[build_relation(node)]) -%}
            {%- set is_snapshot = node.resource_type == "snapshot" -%}
            {%- set described = graph.nodes[node.depends_on.nodes[0]] if is_snapshot else node -%}
            {%- set declared = {} -%}
            {%- for column in described.columns.values() if column.name in present or not is_snapshot -%}
                {#- the types of a seed are not declared -#}
                {%- do declared.update({
                    column.name: type_names.get(column.data_type, present.get(column.name))
                }) -%}
            {%- endfor -%}
            {%- set changes = changed_columns(present, declared) -%}
            {%- if is_snapshot or node.config.full_refresh == false -%}
                {%- for change in changes if change.type %}
                    {{ alter_column(node, change) }}
                {%- endfor -%}
            {%- else -%}
                {%- if node.resource_type == "model" -%}{%- do derived.append(build_relation(node)) -%}{%- endif -%}
                {%- if changes -%}{%- do outgrown.append(build_relation(node)) -%}{%- endif -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if outgrown | select("in", derived) | list -%}
            {#- they follow each other's changes: one that is made anew needs all the others to be -#}
            {%- set outgrown = (outgrown + derived) | unique | list -%}
        {%- endif -%}
        {%- for name in outgrown -%}
            {%- set schema, table = name.split(".") -%}
            {%- do log(name ~ " has other columns than before: made anew.", info=true) -%}
            {#- dbt keeps a list of what is there, and must know that this is not -#}
            {%- do adapter.drop_relation(adapter.get_relation(target.database, schema, table)) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#-
    The columns in which a table differs from its YAML: name, type that is declared (none: it is not) and whether it
    is new.
-#}
{% macro changed_columns(present, declared) -%}
    {%- set changes = [] -%}
    {%- for name, type in declared.items() if name not in present or present[name] != type -%}
        {%- do changes.append({"name": name, "type": type, "is_new": name not in present}) -%}
    {%- endfor -%}
    {%- for name in present if name not in declared -%}
        {%- do changes.append({"name": name, "type": none, "is_new": false}) -%}
    {%- endfor -%}
    {{ return(changes) }}
{%- endmacro %}

{% macro alter_column(node, change) -%}
    {%- do log(build_relation(node) ~ ": column " ~ change.name ~ " becomes " ~ change.type ~ ".", info=true) -%}
    {%- if change.is_new -%}
        alter table {{ build_relation(node) }} add column {{ change.name }} {{ change.type }};
        {{ backfill_column(node, node.columns[change.name]) }}
    {%- else -%}
        alter table {{ build_relation(node) }} alter column {{ change.name }} type {{ change.type }}
            using cast({{ change.name }} as {{ change.type }});
    {%- endif -%}
{%- endmacro %}

{#- The expression may look at other rows, so it is computed for all of them at once; then no row lacks a value. -#}
{% macro backfill_column(node, column) -%}
    {%- set relation = build_relation(node) -%}
    {%- set expression = column.config.meta.get("backfill") -%}
    {%- if expression %}
        {%- set key = node.config.unique_key %}
        update {{ relation }}
        set {{ column.name }} = backfilled.value
        from (select {{ key }}, {{ expression }} as value from {{ relation }}) as backfilled
        where {{ relation }}.{{ key }} = backfilled.{{ key }};
        alter table {{ relation }} alter column {{ column.name }} set not null;
    {%- endif %}
{%- endmacro %}
