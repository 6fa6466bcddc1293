{#-
    What engines spell differently, so that no model has to know its engine. A macro here that dispatches is spelled out
    for PostgreSQL in postgres.sql, under the same name with postgres__ before it.
-#}

{#-
    Patterns are those that PostgreSQL and Java read alike: no [[:space:]], no \v, no quote but \u0027. $ is the end of
    the text.
-#}
{% macro matches(column, pattern) -%} {{ adapter.dispatch("matches")(column, pattern) }} {%- endmacro %}

{% macro replaced(text, pattern, replacement) -%}
    {{ adapter.dispatch("replaced")(text, pattern, replacement) }}
{%- endmacro %}

{% macro differs(left, right, columns) -%}
    (
        {%- for column in columns %}
        {{ left }}.{{ column }} is distinct from {{ right }}.{{ column }}
        {{- " or" if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro ratio(dividend, divisor) -%} {{ adapter.dispatch("ratio")(dividend, divisor) }} {%- endmacro %}

{% macro declared_type(data_type) -%} {{ adapter.dispatch("declared_type")(data_type) }} {%- endmacro %}

{% macro no_reasons() -%} {{ adapter.dispatch("no_reasons")() }} {%- endmacro %}

{#- The codes whose condition holds, in the order given; an empty array where none does. Each needs a dimension. -#}
{% macro reasons(rules) -%}
    {%- set codes = [] -%}
    {%- for code, condition in rules -%}
        {%- do check_dimension_of_rule(code) -%}
        {%- do codes.append("case when " ~ condition ~ " then '" ~ code ~ "' end") -%}
    {%- endfor -%}
    {{ adapter.dispatch("list_without_nulls")(codes) }}
{%- endmacro %}

{% macro with_reason(column, code) -%} array_append({{ column }}, {{ code }}) {%- endmacro %}

{% macro each_of(column) -%} {{ adapter.dispatch("each_of")(column) }} {%- endmacro %}

{% macro has_reason_of(column, rules) -%}
    {{ matches(adapter.dispatch("joined")(column), "(^| )(" ~ rules | join("|") ~ "):") }}
{%- endmacro %}

{% macro is_clean(column) -%} cardinality({{ column }}) = 0 {%- endmacro %}

{#-
    The last line of a step: its expressions are computed once for a row. PostgreSQL would otherwise copy them into
    every later use, and a rule would clean its text again each time (20 times the work for a model of rules). A
    materialized step would do that as well, but writes all its rows to the disk before the next one begins.
-#}
{% macro optimization_fence() -%} {{ "offset 0" if target.type == "postgres" }} {%- endmacro %}

{#-
    After `as`: a step that only names a table and is used more than once. PostgreSQL would otherwise read the whole
    table for it, however few of its rows are asked for.
-#}
{% macro not_materialized_step() -%} {{ "not materialized" if target.type == "postgres" }} {%- endmacro %}

{% macro bytewise(text) -%} {{ adapter.dispatch("bytewise")(text) }} {%- endmacro %}

{% macro comparable(text) -%} {{ adapter.dispatch("comparable")(text) }} {%- endmacro %}

{% macro is_not_composed(text) -%} {{ adapter.dispatch("is_not_composed")(text) }} {%- endmacro %}

{#-
    The median of the decimals of a group, to the last digit: half of the sum of the lower and the upper middle value,
    which are one where their number is odd. percentile_cont would turn them into floating point.
-#}
{% macro median(expression) -%} {{ adapter.dispatch("median")(expression) }} {%- endmacro %}

{#-
    The values of a column in one relation, and all that follow from them: a row of `links` says that its own value
    follows from that of its other column. As a query, whose column has the name of the first.
-#}
{% macro with_all_that_follow(relation, column, links, follows_from) -%}
    {{ adapter.dispatch("with_all_that_follow")(relation, column, links, follows_from) }}
{%- endmacro %}

{#-
    The rows of a few keys, as what follows `from` or `join`, with an alias: a semi-join. PostgreSQL looks them up by an
    index either way; Spark would send the whole relation over the network to join it.
-#}
{% macro rows_of_keys(relation, keys, column) -%}
    (select * from {{ relation }} where {{ column }} in (select {{ column }} from {{ keys }}))
{%- endmacro %}

{#-
    The last line of a table that is merged into: a file of Spark's that has a range of the keys is not written anew for
    rows of another range.
-#}
{% macro laid_out_by(columns) -%} {{ "order by " ~ columns | join(", ") if target.type == "spark" }} {%- endmacro %}
