{#-
    How a release with other columns reaches a database that is already there. Tables that are never rebuilt
    (production, quarantine, ops) are altered before a model reads them: a new column comes, a type changes. What old
    rows hold in a new column is the expression that its YAML has as meta backfill. What would lose data (a column that
    goes) or needs thought (its other constraints) is a file in loader/database/migrations. A snapshot gets the types of
    the model it reads: dbt would cut new values to its old ones, and find them changed every day. What is derived is
    made anew: dbt does that to tables by itself; incremental tables of mart_build and seeds go here.
-#}

{% macro upgrade_tables() -%}
    {%- if execute and flags.WHICH in ["build", "run", "seed", "snapshot"] -%}
        {%- set kept = graph.nodes.values()
            | selectattr("config.materialized", "in", ["seed", "incremental", "snapshot"]) | list -%}
        {%- set names, types, derived, outgrown = [], [], [], [] -%}
        {%- for node in kept -%}
            {%- do names.append(build_relation(node)) -%}
            {#- the types of seeds and snapshots are not declared -#}
            {%- do types.extend(node.columns.values() | map(attribute="data_type") | select) -%}
        {%- endfor -%}
        {%- set type_names = names_of_types(types) -%}
        {%- set columns = columns_by_relation(names) -%}
        {%- for node in kept if build_relation(node) in columns -%}
            {%- set present = dict(columns[build_relation(node)]) -%}
            {%- set is_snapshot = node.resource_type == "snapshot" -%}
            {%- set described = graph.nodes[node.depends_on.nodes[0]] if is_snapshot else node -%}
            {%- set declared = {} -%}
            {%- for column in described.columns.values() if column.name in present or not is_snapshot -%}
                {%- do declared.update({column.name: type_names.get(column.data_type, present.get(column.name))}) -%}
            {%- endfor -%}
            {%- set changed = [] -%}
            {%- for name, type in declared.items() if name not in present or present[name] != type -%}
                {%- do changed.append(name) -%}
            {%- endfor -%}
            {%- if is_snapshot or node.config.full_refresh == false -%}
                {%- for name in changed %}
                    {{ alter_column(node, name, declared[name], is_new=name not in present) }}
                {%- endfor -%}
            {%- else -%}
                {%- if node.resource_type == "model" -%}{%- do derived.append(build_relation(node)) -%}{%- endif -%}
                {%- if changed or present | reject("in", declared) | list -%}
                    {%- do outgrown.append(build_relation(node)) -%}
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

{#-
    The expression that fills old rows may look at other rows, so it is computed for all of them at once; then no row
    lacks a value.
-#}
{% macro alter_column(node, name, type, is_new) -%}
    {%- set relation = build_relation(node) -%}
    {%- do log(relation ~ ": column " ~ name ~ " becomes " ~ type ~ ".", info=true) -%}
    {%- if not is_new -%}
        alter table {{ relation }} alter column {{ name }} type {{ type }} using cast({{ name }} as {{ type }});
    {%- else -%}
        alter table {{ relation }} add column {{ name }} {{ type }};
        {%- set expression = node.columns[name].config.meta.get("backfill") -%}
        {%- if expression %}
        {%- set key = node.config.unique_key %}
        update {{ relation }}
        set {{ name }} = backfilled.value
        from (select {{ key }}, {{ expression }} as value from {{ relation }}) as backfilled
        where {{ relation }}.{{ key }} = backfilled.{{ key }};
        alter table {{ relation }} alter column {{ name }} set not null;
        {%- endif %}
    {%- endif -%}
{%- endmacro %}
