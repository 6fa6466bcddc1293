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
        {{ get_create_table_as_sql(false, in_the_making, sql) }}
    {%- endcall -%}
    {%- call statement("swap") -%}
        {{ get_drop_sql(existing) ~ ";" if existing is not none }}
        {{ get_rename_table_sql(in_the_making, table.identifier) }};
        analyze {{ table }};
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
    that is written under a foreign key is looked up on its own.
-#}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- set is_special = temporary or config.get("unlogged") or config.get("sql_header") -%}
    {%- if is_special or not config.get("contract").enforced -%}
    {{ dbt.postgres__create_table_as(temporary, relation, sql) }}
    {%- else -%}
    {{ get_assert_columns_equivalent(sql) }}
    create table {{ relation }} (
        {{ adapter.render_raw_columns_constraints(raw_columns=model.columns) | join(",\n        ") }}
    );
    insert into {{ relation }} ({{ model.columns | join(", ") }})
    {{ get_select_subquery(sql) }};
    {%- for constraint in adapter.render_raw_model_constraints(raw_constraints=model.constraints) %}
    alter table {{ relation }} add {{ constraint }};
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
