{#-
    How dbt makes tables, with fewer questions than it comes with. PostgreSQL creates, drops and renames in one
    transaction, so nothing has to be put aside under a second name until a table is made.
-#}

{#-
    A table made anew: who reads it sees the former or the new one, and so does its own statement, which may name the
    former one.
-#}
{% materialization table, adapter="postgres" -%}
    {%- set former = load_cached_relation(this) -%}
    {%- set table = this.incorporate(type="table") -%}
    {%- set in_the_making = make_intermediate_relation(table) -%}
    {{ run_hooks(pre_hooks, inside_transaction=false) }}
    {{ run_hooks(pre_hooks, inside_transaction=true) }}
    {%- call statement("main") -%}
        {{ get_create_table_as_sql(false, in_the_making, sql) }}
    {%- endcall -%}
    {%- call statement("swap") -%}
        {{ get_drop_sql(former) ~ ";" if former is not none }}
        {{ get_rename_table_sql(in_the_making, table.identifier) }};
    {%- endcall -%}
    {%- do create_indexes(table) -%}
    {%- do apply_grants(table, config.get("grants"), should_revoke=false) -%}
    {%- do persist_docs(table, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=true) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=false) }}
    {{ return({"relations": [table]}) }}
{%- endmaterialization %}

{#-
    on_schema_change fail: the same error as dbt's where a column or a type differs, by one question for both tables.
-#}
{% macro postgres__process_schema_changes(on_schema_change, source_relation, target_relation) -%}
    {%- if on_schema_change != "fail" -%}
        {{ return(default__process_schema_changes(on_schema_change, source_relation, target_relation)) }}
    {%- endif -%}
    {%- set columns = columns_by_relation([source_relation | string, target_relation | string]) -%}
    {%- set built = columns[source_relation | string] -%}
    {%- set present = columns[target_relation | string] -%}
    {%- if built | sort != present | sort -%}
        {{ exceptions.raise_compiler_error(
            target_relation ~ " has other columns than its model: "
            ~ (built | reject("in", present) | map("join", " ") | join(", ") or "none") ~ " in the model only, "
            ~ (present | reject("in", built) | map("join", " ") | join(", ") or "none") ~ " in the table only."
        ) }}
    {%- endif -%}
    {%- set found = [] -%}
    {%- for name, type in built -%}{%- do found.append(api.Column.create(name, type)) -%}{%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
