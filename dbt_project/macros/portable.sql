{#- What only PostgreSQL understands stands in this file, so that no model has to. -#}

{% macro surrogate_key(expressions) -%}
    md5({% for expression in expressions -%}
        cast({{ expression }} as {{ dbt.type_string() }})
        {%- if not loop.last %} || '|' || {% endif -%}
    {%- endfor %})
{%- endmacro %}

{% macro matches(column, pattern) -%}
    {{ column }} ~ '{{ pattern }}'
{%- endmacro %}

{#- Two nulls are equal. -#}
{% macro differs(left, right, columns) -%}
    (
        {%- for column in columns %}
        {{ left }}.{{ column }} is distinct from {{ right }}.{{ column }}
        {{- " or" if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro no_reasons() -%} cast(array[] as text []) {%- endmacro %}

{#- The codes whose condition holds, in the order given; an empty array where none does. Each needs a dimension. -#}
{% macro reasons(rules) -%}
    {%- for code, condition in rules -%}
        {%- do check_dimension_of_rule(code) -%}
    {%- endfor -%}
    array_remove(
        array[
            {%- for code, condition in rules %}
            case when {{ condition }} then '{{ code }}' end{{ "," if not loop.last }}
            {%- endfor %}
        ],
        null
    )
{%- endmacro %}

{% macro with_reason(column, code) -%} array_append({{ column }}, {{ code }}) {%- endmacro %}

{#- A row for each reason of a list, none for an empty one. -#}
{% macro each_of(column) -%} unnest({{ column }}) {%- endmacro %}

{#- Whether one of the reasons is of one of these rules (the part of a code before the colon). -#}
{% macro has_reason_of(column, rules) -%}
    array_to_string({{ column }}, ' ') ~ '(^| )({{ rules | join("|") }}):'
{%- endmacro %}

{% macro is_clean(column) -%} cardinality({{ column }}) = 0 {%- endmacro %}

{#-
    After `as`: a step whose expressions are computed once. PostgreSQL would otherwise copy them into every later use,
    and a rule would clean its text again each time (20 times the work for a model of rules).
-#}
{% macro materialized_step() -%} materialized {%- endmacro %}

{#-
    After `as`: a step that only names a table and is used more than once. PostgreSQL would otherwise read the whole
    table for it, however few of its rows are asked for.
-#}
{% macro not_materialized_step() -%} not materialized {%- endmacro %}

{#- To order by: text by its code points, whatever the database's own order is. -#}
{% macro bytewise(text) -%} {{ text }} collate "C" {%- endmacro %}

{#-
    The median of the decimals of a group, to the last digit: half of the sum of the lower and the upper middle value,
    which are one where their number is odd. percentile_cont would turn them into floating point.
-#}
{% macro median(expression) -%}
    (
        percentile_disc(0.5) within group (order by {{ expression }} asc)
        + percentile_disc(0.5) within group (order by {{ expression }} desc)
    ) / 2
{%- endmacro %}
