{#-
    Casts that give null where the text cannot be read, the same on every version: the pattern decides, never the
    server's own leniency (NaN, 1e3, 0x10, 1_000, yesterday).
-#}
{#-
    Amounts have two decimals, prices, costs and percentages four; more are rounded half away from zero. What then has
    too many digits cannot be read. The length stands beside the pattern: a bound of hundred within it takes fifteen
    times as long.
-#}
{% macro try_to_decimal(text, precision, scale) -%}
    {{ adapter.dispatch("try_to_decimal")(text, precision, scale) }}
{%- endmacro %}

{% macro decimal_pattern() -%} {{ return("^[+-]?[0-9]+([.][0-9]*)?$") }} {%- endmacro %}

{% macro exact_decimal(text) -%} {{ adapter.dispatch("exact_decimal")(text) }} {%- endmacro %}

{% macro try_to_integer(text) -%}
    case
        when char_length({{ text }}) <= 100 and {{ matches(text, "^[+-]?[0-9]{1,9}([.]0*)?$") }}
            then cast(split_part({{ text }}, '.', 1) as integer)
    end
{%- endmacro %}

{% macro try_to_date(text) -%} {{ adapter.dispatch("try_to_date")(text) }} {%- endmacro %}

{% macro date_pattern() -%}
    {{ return("^(19|[2-9][0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$") }}
{%- endmacro %}

{% macro try_to_time(text) -%} {{ adapter.dispatch("try_to_time")(text) }} {%- endmacro %}

{% macro time_pattern() -%}
    {{ return("^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?$") }}
{%- endmacro %}
