{#-
    dbt drops with cascade: a view that somebody made on a table goes with it, without a word. Nothing of ours depends
    on a table that is dropped, so it is dropped alone, and PostgreSQL names who depends on it instead. This stands in
    for dbt's own.
-#}
{% macro postgres__get_drop_sql(relation) -%}
    drop {{ relation.type | replace("_", " ") }} if exists {{ relation }}
{%- endmacro %}
