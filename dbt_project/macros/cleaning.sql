{#- Characters by code point: the spaces of Unicode, and those that nobody can see. -#}
{% macro unicode_spaces() -%}
    U&'\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000'
{%- endmacro %}

{% macro invisible_characters() -%}
    U&'\00AD\180E\200B\200E\200F\202A\202B\202C\202D\202E\2060\2066\2067\2068\2069\FEFF'
{%- endmacro %}

{#-
    Text of several lines: trimmed of every kind of space, invisible characters gone, empty is null. Here and below, plain
    text (visible ASCII, single spaces within) is clean as it is, and most text is plain: looking first takes a tenth of
    the time of cleaning.
-#}
{% macro clean_block(column) -%}
    case
        when {{ matches(column, "^[!-~]+( [!-~]+)*$") }} then {{ column }}
        else {{ trimmed_block(column) }}
    end
{%- endmacro %}

{#- Text of one line: as a block, and runs of white space become one space. -#}
{% macro clean_line(column) -%}
    case
        when {{ matches(column, "^[!-~]+( [!-~]+)*$") }} then {{ column }}
        else {{ single_spaced(trimmed_block(column)) }}
    end
{%- endmacro %}

{#-
    A code (id, number, enumeration value, e-mail): as a line, the joiners that scripts need in names go, too, and a word for
    nothing is null.
-#}
{% macro clean_code(column) -%}
    case
        when {{ matches(column, "^[!-~]+$") }} then {{ without_null_tokens(column) }}
        else {{ without_null_tokens(
            single_spaced(trimmed_block("translate(" ~ column ~ ", U&'\\200C\\200D', '')"))
        ) }}
    end
{%- endmacro %}

{% macro trimmed_block(column) -%}
    nullif(
        btrim(
            translate(
                {{ column }},
                {{ unicode_spaces() }} || {{ invisible_characters() }},
                repeat(' ', char_length({{ unicode_spaces() }}))
            ),
            E' \t\n\r\f\x0B'
        ),
        ''
    )
{%- endmacro %}

{% macro single_spaced(text) -%}
    regexp_replace({{ text }}, '[[:space:]]+', ' ', 'g')
{%- endmacro %}

{#- Title case for a name in one case only; mixed case is somebody's own spelling (McDonald, de Silva) and stays. -#}
{% macro title_case(name) -%}
    case
        when {{ name }} not in (upper({{ name }}), lower({{ name }})) then {{ name }}
        when lower({{ name }}) like 'mc___%'
            then 'Mc' || initcap(substr({{ name }}, 3))
        else initcap({{ name }})
    end
{%- endmacro %}

{#- Digits, a leading + where one was given, an extension after x: +15550100x12. -#}
{% macro clean_phone(phone) -%}
    case when {{ phone }} like '+%' then '+' else '' end
    || nullif(
        regexp_replace(regexp_replace(lower({{ phone }}), '[^0-9x]+', '', 'g'), '^x+|x+$', '', 'g'),
        ''
    )
{%- endmacro %}
