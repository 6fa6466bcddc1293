{#-
    How a release with other columns reaches a database that is already there. Tables that are never rebuilt (production,
    quarantine, ops) are altered before a model reads them: a new column comes, a type changes. What would lose data (a
    column that goes) or needs thought (its constraints, what old rows hold in it) is a file in loader/migrations. What is
    derived is made anew: dbt does that to tables by itself; incremental tables of mart_build and seeds go here.
-#}

{#- Before a build: bring tables to the columns that their YAML declares. -#}
{% macro upgrade_tables() -%}
    {%- if execute and flags.WHICH in ["build", "run", "seed", "snapshot"] -%}
        {%- set derived = [] -%}
        {%- set outgrown = [] -%}
        {%- for node in graph.nodes.values() if columns_of(build_relation(node)) -%}
            {%- if node.resource_type == "seed" -%}
                {#- the types of a seed are not declared -#}
                {%- if changed_columns(node, with_types=false) -%}{%- do outgrown.append(build_relation(node)) -%}{%- endif -%}
            {%- elif node.resource_type == "model" and node.config.materialized == "incremental" -%}
                {%- set changes = changed_columns(node) -%}
                {%- if node.config.full_refresh == false -%}
                    {%- for change in changes if change.type %}
                        {{ alter_column(node, change) }}
                    {%- endfor -%}
                {%- else -%}
                    {%- do derived.append(build_relation(node)) -%}
                    {%- if changes -%}{%- do outgrown.append(build_relation(node)) -%}{%- endif -%}
                {%- endif -%}
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

{#- The columns in which a table differs from its YAML: name, type that is declared (none: it is not) and whether it is new. -#}
{% macro changed_columns(node, with_types=true) -%}
    {%- set present = {} -%}
    {%- for name, type, is_required in columns_of(build_relation(node)) -%}
        {%- do present.update({name: type}) -%}
    {%- endfor -%}
    {%- set declared = {} -%}
    {%- if with_types -%}
        {#- PostgreSQL's own names of the declared types, read from an empty table that has them -#}
        {%- set probe -%}
            drop table if exists pg_temp.column_probe;
            create temporary table column_probe (
                {%- for column in node.columns.values() %}
                {{ column.name }} {{ api.Column.translate_type(column.data_type) }}{{ "," if not loop.last }}
                {%- endfor %}
            )
        {%- endset -%}
        {%- do run_query(probe) -%}
        {%- for name, type, is_required in columns_of("pg_temp.column_probe") -%}
            {%- do declared.update({name: type}) -%}
        {%- endfor -%}
    {%- else -%}
        {%- for name in node.columns -%}{%- do declared.update({name: present.get(name)}) -%}{%- endfor -%}
    {%- endif -%}
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
    {%- else -%}
        alter table {{ build_relation(node) }} alter column {{ change.name }} type {{ change.type }}
            using cast({{ change.name }} as {{ change.type }});
    {%- endif -%}
{%- endmacro %}
