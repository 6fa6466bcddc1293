{#-
    Text of several lines: trimmed of every kind of space, invisible characters gone, composed (NFC), empty is null.
    What is invisible is said once, by the functions of loader/database/clean_values.sql, which the loader calls, too.
    Here and below, plain text (visible ASCII, single spaces within) is clean as it is, and most text is plain:
    looking first takes a tenth of the time of cleaning.
-#}
{% macro clean_block(column) -%}
    case
        when {{ matches(column, "^[!-~]+( [!-~]+)*$") }} then {{ column }}
        else ops.clean_block({{ column }})
    end
{%- endmacro %}

{#- Text of one line: as a block, and runs of white space become one space. -#}
{% macro clean_line(column) -%}
    case
        when {{ matches(column, "^[!-~]+( [!-~]+)*$") }} then {{ column }}
        else ops.clean_line({{ column }})
    end
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

{#- Title case for a name in one case only; mixed case is somebody's own spelling (McDonald, de Silva) and stays. -#}
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

{#- Without what a spreadsheet puts around a number that it must not count with, or behind one that it did. -#}
{% macro unwrapped_phone(text) -%}
    {{ replaced(
        replaced(ascii_digits(text), '^(="([^"]*)"|\\u0027([^"]*))$', "\\2\\3"), "^([+]?[0-9]+)[.]0{1,2}$", "\\1"
    ) }}
{%- endmacro %}
