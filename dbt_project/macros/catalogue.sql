{#-
    What is asked of PostgreSQL's catalogue, for as many relations at once as a step has: each question costs dbt more
    time than it costs the server. The macros that begin with postgres__ stand in for dbt's own.
-#}

{% macro columns_by_relation(relation_names) -%}
    {%- set found = {} -%}
    {%- set columns -%}
        select
            relations.relation_name,
            pg_attribute.attname,
            format_type(pg_attribute.atttypid, pg_attribute.atttypmod)
        from unnest(cast(array['{{ relation_names | join("', '") }}'] as text [])) as relations (relation_name)
        inner join pg_attribute on to_regclass(relations.relation_name) = pg_attribute.attrelid
        where pg_attribute.attnum > 0 and not pg_attribute.attisdropped
        order by relations.relation_name, pg_attribute.attnum
    {%- endset -%}
    {%- for relation_name, name, type in (run_query(columns).rows if relation_names else []) -%}
        {%- do found.setdefault(relation_name, []).append([name, type]) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro names_of_types(types) -%}
    {%- set types = types | unique | list -%}
    {%- set probe -%}
        drop table if exists pg_temp.type_probe;
        create temporary table type_probe (
            {%- for type in types %}
            column_{{ loop.index }} {{ api.Column.translate_type(type) }}{{ "," if not loop.last }}
            {%- endfor %}
        );
        select format_type(atttypid, atttypmod)
        from pg_attribute
        where attrelid = to_regclass('pg_temp.type_probe') and attnum > 0
        order by attnum
    {%- endset -%}
    {{ return(dict(zip(types, run_query(probe).columns[0].values()))) }}
{%- endmacro %}

{#-
    information_schema.columns, which dbt reads, joins some ten tables and calls every array ARRAY, a type that no unit
    test can cast to.
-#}
{% macro postgres__get_columns_in_relation(relation) -%}
    {%- set columns = [] -%}
    {%- for name, type in columns_by_relation([relation | string]).get(relation | string, []) -%}
        {%- do columns.append(api.Column(name, type)) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{% macro postgres__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set comments -%}
        {%- if for_relation and config.persist_relation_docs() and model.description %}
        {{ alter_relation_comment(relation, model.description) }}
        {%- endif %}
        {%- if for_columns and config.persist_column_docs() -%}
            {%- for column in model.columns.values() %}
        comment on column {{ relation }}.{{ column.name }} is {{ postgres_escape_comment(column.description) }};
            {%- endfor -%}
        {%- endif -%}
    {%- endset -%}
    {%- if comments | trim -%}
        {%- call statement("comments") -%} {{ comments }} {%- endcall -%}
    {%- endif -%}
{%- endmacro %}
