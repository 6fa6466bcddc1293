{#-
    What rows of unit tests say of columns that they are not about. YAML writes these between raw and endraw: the
    models' macros are not known yet when it is read.
-#}

{% macro null_columns(table_name, but=[]) -%}
    {%- for column in delivered_columns(table_name) if column not in but -%}
    cast(null as {{ dbt.type_string() }}) as {{ column }}{{ ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro reason_list(text) -%} {{ adapter.dispatch("reason_list")(text) }} {%- endmacro %}

{% macro no_rows(table_name) -%}
    select
        cast(null as date) as batch_date,
        cast(null as bigint) as line_number,
        cast(null as {{ dbt.type_string() }}) as source_file,
        {{ null_columns(table_name) }},
        {{ no_reasons() }} as reasons,
        cast(null as {{ dbt.type_string() }}) as status,
        cast(null as date) as closed_on
    where 1 = 0
{%- endmacro %}
