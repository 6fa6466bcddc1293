{#-
    dbt drops with cascade: a view that somebody made on a table goes with it, without a word. Nothing of ours depends
    on a table that is dropped, so it is dropped alone, and PostgreSQL names who depends on it instead. The macros
    that begin with postgres__ stand in for dbt's own.
-#}

{% macro postgres__drop_table(relation) -%}
    drop table if exists {{ relation }}
{%- endmacro %}

{% macro postgres__drop_view(relation) -%}
    drop view if exists {{ relation }}
{%- endmacro %}

{% macro postgres__drop_materialized_view(relation) -%}
    drop materialized view if exists {{ relation }}
{%- endmacro %}
