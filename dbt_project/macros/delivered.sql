{#-
    What follows from the declaration of the delivered files (`delivered_tables` in dbt_project.yml): the columns of a
    table, how a column of each kind is cleaned and typed, and which rules hold for it.
-#}

{% macro delivered_columns(table_name, kinds=none) -%}
    {%- set found = [] -%}
    {%- for name, column in var("delivered_tables")[table_name].columns.items() if not kinds or column.kind in kinds -%}
        {%- do found.append(name) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro selected_columns(table_name, relation) -%}
    {%- for column in delivered_columns(table_name) -%}
    {{ relation }}.{{ column }}{{ ",\n        " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro typed_kinds() -%} {{ return(["date", "time", "integer", "price", "amount", "percentage"]) }} {%- endmacro %}

{#-
    A raw value without what nobody can see, or means. Prices keep four decimals, amounts two. A label is text of one
    line in which a null token is null; a line is not (a name may be Null), a block has several lines.
-#}
{% macro cleaned_text(column, kind) -%}
    {%- if kind == "block" -%} {{ clean_block(column) }}
    {%- elif kind in ["name", "line"] -%} {{ clean_line(column) }}
    {%- elif kind == "label" -%} {{ without_null_tokens(clean_line(column)) }}
    {%- elif kind == "date" -%} {{ clean_date(column) }}
    {%- elif kind == "time" -%} {{ clean_time(column) }}
    {%- elif kind in ["integer", "price", "amount", "percentage"] -%}
        {{ clean_number(column, is_percentage=kind == "percentage") }}
    {%- elif kind in ["id", "code", "email", "phone"] -%} {{ clean_code(column) }}
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            "Column " ~ column ~ " is of kind " ~ kind ~ ", which macros/delivered.sql does not know."
        ) }}
    {%- endif -%}
{%- endmacro %}

{% macro typed_value(text, kind) -%}
    {%- if kind == "name" -%} {{ title_case(text) }}
    {%- elif kind == "email" -%} {{ lower_case(text) }}
    {%- elif kind == "phone" -%} {{ clean_phone(text) }}
    {%- elif kind == "date" -%} {{ try_to_date(text) }}
    {%- elif kind == "time" -%} {{ try_to_time(text) }}
    {%- elif kind == "integer" -%} {{ try_to_integer(text) }}
    {%- elif kind == "price" -%} {{ try_to_decimal(text, 14, 4) }}
    {%- elif kind == "amount" -%} {{ try_to_decimal(text, 14, 2) }}
    {%- elif kind == "percentage" -%} {{ try_to_decimal(text, 7, 4) }}
    {%- else -%} {{ text }}
    {%- endif -%}
{%- endmacro %}

{% macro trimmed_columns(table_name) -%}
    {%- for name, column in var("delivered_tables")[table_name].columns.items() -%}
    {{ cleaned_text(name, column.kind) }}
            as {{ name }}{{ "_text" if column.kind in typed_kinds() }}{{ ",\n        " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro typed_columns(table_name, relation, but=[]) -%}
    {%- for name, column in var("delivered_tables")[table_name].columns.items() if name not in but -%}
    {%- set text = relation ~ "." ~ name ~ ("_text" if column.kind in typed_kinds() else "") -%}
    {%- if column.kind in typed_kinds() -%}
    {{ text }},
        {% endif -%}
    {{ typed_value(text, column.kind) }} as {{ name }}{{ ",\n        " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The rules that follow from the declaration; in this order they stand among a row's reasons. -#}
{% macro declared_rules(table_name) -%}
    {%- set present, typed, lengths = [], [], [] -%}
    {%- for name, column in var("delivered_tables")[table_name].columns.items() -%}
        {%- if column.kind in typed_kinds() -%}
            {%- if column.is_required -%}
                {%- do typed.append(("not_null:" ~ name, name ~ "_text is null")) -%}
            {%- endif -%}
            {%- do typed.append(("type:" ~ name, name ~ "_text is not null and " ~ name ~ " is null")) -%}
        {%- elif column.is_required -%}
            {%- do present.append(("not_null:" ~ name, name ~ " is null")) -%}
        {%- endif -%}
        {%- if column.length -%}
            {%- do lengths.append(("length:" ~ name, "char_length(" ~ name ~ ") > " ~ column.length)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(present + typed + lengths + lookalike_rules(delivered_columns(table_name, ["id", "email"]))) }}
{%- endmacro %}

{% macro as_delivered(column) -%}
    case when {{ column }} is not null then {{ exact_decimal(column ~ "_text") }} end
{%- endmacro %}
