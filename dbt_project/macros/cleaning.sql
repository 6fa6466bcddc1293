{#- Plain text is clean as it is, and most text is plain: looking first takes a tenth of the time of cleaning. -#}
{% macro unless_plain(text, plain_pattern, cleaned) -%}
    case when {{ matches(text, plain_pattern) }} then {{ text }} else {{ cleaned }} end
{%- endmacro %}

{% macro plain_text_pattern() -%} ^[!-~]+( [!-~]+)*$ {%- endmacro %}

{#-
    Text of several lines: trimmed of every kind of space, invisible characters gone, composed (NFC), empty is null.
    What is invisible is said once, by the functions of loader/database/clean_values.sql, which the loader calls, too.
-#}
{% macro clean_block(column) -%}
    {{ unless_plain(column, plain_text_pattern(), "ops.clean_block(" ~ column ~ ")") }}
{%- endmacro %}

{% macro clean_line(column) -%}
    {{ unless_plain(column, plain_text_pattern(), "ops.clean_line(" ~ column ~ ")") }}
{%- endmacro %}

{#-
    A code (id, number, enumeration value, e-mail): as a line, the joiners that scripts need in names go, too, and a
    null token is null.
-#}
{% macro clean_code(column) -%}
    case
        when {{ matches(column, "^[!-~]+$") }} then {{ without_null_tokens(column) }}
        else {{ without_null_tokens("ops.clean_code(" ~ column ~ ")") }}
    end
{%- endmacro %}

{% macro title_case(name) -%}
    case
        when {{ name }} not in ({{ upper_case(name) }}, {{ lower_case(name) }}) then {{ name }}
        when {{ matches(name, "^[Mm][Cc]...") }}
            then 'Mc' || {{ capitalised("substr(" ~ name ~ ", 3)") }}
        else {{ capitalised(name) }}
    end
{%- endmacro %}

{#-
    A telephone number as digits, a leading + where one was given, an extension after x: +15550100x12. What is in no
    usual notation (two numbers, 9.1E+11, a remark) stays as it is: its digits alone would be another number.
-#}
{% macro clean_phone(phone) -%}
    case
        when {{ matches(phone, "^[+]?[0-9]{1,15}$") }} then {{ phone }}
        when {{ matches(phone, phone_pattern()) }} then {{ phone_digits(phone) }}
        when {{ matches(unwrapped_phone(phone), phone_pattern()) }} then {{ phone_digits(unwrapped_phone(phone)) }}
        else {{ ascii_digits(phone) }}
    end
{%- endmacro %}

{#-
    Up to 15 digits (E.164) in groups, and an extension. Not so where a zero in brackets may be dialled or not, nor
    where a program has made an amount of the number (5550100.0).
-#}
{% macro phone_pattern() -%}
    {%- set between = "[() .\\u2010-\\u2015\\u2212-]*" -%}
    {%- set extension = "([Xx]|[Ee][Xx][Tt][.]?|[Ee][Xx][Tt][Ee][Nn][Ss][Ii][Oo][Nn]|#)" -%}
    ^(?!.*[(]0[)])(?![+]?[0-9]+[.]0{1,2}$)[(]?[+]?[(]?([0-9]{{ between }}){1,15}({{ extension }} ?[0-9]{1,8})?$
{%- endmacro %}

{% macro phone_digits(text) -%}
    case when {{ matches(text, "^[(]?[+]") }} then '+' else '' end
    || {{ replaced("translate(" ~ lower_case(text) ~ ", '#', 'x')", "[^0-9x]+", "") }}
{%- endmacro %}

{% macro unwrapped_phone(text) -%}
    {{ replaced(
        replaced(ascii_digits(text), '^(="([^"]*)"|\\u0027([^"]*))$', "\\2\\3"), "^([+]?[0-9]+)[.]0{1,2}$", "\\1"
    ) }}
{%- endmacro %}
