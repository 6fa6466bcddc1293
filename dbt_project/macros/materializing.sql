{#-
    A table made anew in one transaction: who reads it sees the existing or the new one, and so does its own statement,
    which may name the existing one. dbt's own commits before it drops the existing table under a second name: where
    somebody's view depends on that, the drop fails, and every later build with it.
-#}
{% materialization table, adapter="postgres" -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set table = this.incorporate(type="table") -%}
    {%- set in_the_making = make_intermediate_relation(table) -%}
    {{ run_hooks(pre_hooks, inside_transaction=false) }}
    {{ run_hooks(pre_hooks, inside_transaction=true) }}
    {%- call statement("main") -%}
        {{ filled_table(in_the_making, sql) }}
    {%- endcall -%}
    {%- call statement("swap") -%}
        {{ keys_and_statistics(in_the_making) }}
        {{ get_drop_sql(existing) ~ ";" if existing is not none }}
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
    A table with a contract gets its keys and checks after its rows: each is then one pass over the table, where a row
    that is written under a foreign key is looked up on its own. It is analyzed at once, because what reads it is
    planned by its statistics; those of a table that stays are kept up to date by the server.
-#}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- if temporary -%}
    {{ dbt.postgres__create_table_as(temporary, relation, sql) }}
    {%- else -%}
    {{ filled_table(relation, sql) }}
    {{ keys_and_statistics(relation) }}
    {%- endif -%}
{%- endmacro %}

{% macro has_keys_after_rows() -%}
    {{ return(config.get("contract").enforced and not config.get("unlogged") and not config.get("sql_header")) }}
{%- endmacro %}

{#- The rows come last: dbt records how many the last statement wrote. -#}
{% macro filled_table(relation, sql) -%}
    {%- if has_keys_after_rows() -%}
    {{ get_assert_columns_equivalent(sql) }}
    create table {{ relation }} (
        {{ adapter.render_raw_columns_constraints(raw_columns=model.columns) | join(",\n        ") }}
    );
    insert into {{ relation }} ({{ model.columns | join(", ") }})
    {{ get_select_subquery(sql) }};
    {%- else -%}
    {{ dbt.postgres__create_table_as(false, relation, sql) }}
    {%- endif -%}
{%- endmacro %}

{% macro keys_and_statistics(relation) -%}
    {%- for constraint in adapter.render_raw_model_constraints(raw_constraints=model.constraints)
        if has_keys_after_rows() %}
    alter table {{ relation }} add {{ constraint }};
    {%- endfor %}
    analyze {{ relation }};
{%- endmacro %}
