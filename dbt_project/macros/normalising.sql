{#-
    What a delivered value may be turned into without guessing (docs/bad-files.md); notes.sql says that it was. What
    has two meanings (1,234 or 01/02/2025) is left as it is, and the rule of its type rejects it.
-#}

{#-
    A number: ASCII digits, with one before the point, without the shop's own currency and separators of thousands; of a
    percentage, without its sign.
-#}
{% macro clean_number(column, is_percentage=false) -%}
    {%- set text = ascii_digits(clean_code(column)) -%}
    {%- set text = replaced(text, percent_sign_pattern(), "") if is_percentage else text -%}
    {%- set number = replaced(ungrouped(without_currency(text)), "^([+-]?)[.]([0-9])", "\\10.\\2") -%}
    {{ unless_plain(column, "^[0-9]+([.][0-9]+)?$", number) }}
{%- endmacro %}

{% macro percent_sign_pattern() -%} [ ]?[%\uFF05\u066A]$ {%- endmacro %}

{#-
    A date whose year comes first, as YYYY-MM-DD: written with / or . or nothing between, with one digit where two are
    usual, or with midnight behind it.
-#}
{% macro clean_date(column) -%}
    {%- set text = two_digits(ascii_digits(clean_code(column))) -%}
    {{ unless_plain(column, iso_date_pattern(), replaced(text, year_first_pattern(), "\\1-\\3-\\4")) }}
{%- endmacro %}

{% macro two_digits(text) -%}
    {{ replaced(
        replaced(text, "^([0-9]{4}[-/.])([0-9][-/.])", "\\10\\2"),
        "^([0-9]{4}[-/.][0-9]{2}[-/.])([0-9])(?![0-9])", "\\10\\2",
    ) }}
{%- endmacro %}

{% macro clean_time(column) -%}
    {%- set text = ascii_digits(clean_code(column)) -%}
    {{ unless_plain(column, plain_time_pattern(), replaced(text, "^([0-9]:)", "0\\1")) }}
{%- endmacro %}

{% macro plain_time_pattern() -%} ^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$ {%- endmacro %}

{#- What programs write where there is no value. Not for names: Null is one. -#}
{% macro null_tokens() -%} ('NULL', 'NONE', 'N/A', '#N/A', chr(92) || 'N') {%- endmacro %}

{% macro without_null_tokens(text) -%}
    case when upper({{ bytewise(text) }}) in {{ null_tokens() }} then null else {{ text }} end
{%- endmacro %}

{#- The decimal digits of other scripts and of wide letters become those of ASCII. -#}
{% macro ascii_digits(text) -%}
    {#- U+0660, 06F0, FF10, 0966, 09E6, 0A66, 0AE6, 0BE6, 0C66, 0CE6 -#}
    {%- set digits = [] -%}
    {%- for zero in [1632, 1776, 65296, 2406, 2534, 2662, 2790, 3046, 3174, 3302] -%}
        {%- for digit in range(10) -%}{%- do digits.append("%c" % (zero + digit)) -%}{%- endfor -%}
    {%- endfor -%}
    translate({{ text }}, '{{ digits | join }}', '{{ "0123456789" * 10 }}')
{%- endmacro %}

{#-
    The shop's own currency before an amount, or else after it: in another one the amount would be wrong. One pattern
    for both, because the text is a long expression.
-#}
{% macro without_currency(text) -%}
    {%- set marks = [] -%}
    {%- for mark in var("currency_marks") -%}
        {%- do marks.append(mark | replace(".", "[.]") | replace("$", "[$]")) -%}
    {%- endfor -%}
    {%- set any_mark = "(?:" ~ marks | join("|") ~ ")" -%}
    {{ comparable(replaced(
        bytewise(text), "(?i)^" ~ any_mark ~ " ?|^(?!" ~ any_mark ~ ")(.*?) ?" ~ any_mark ~ "$", "\\1"
    )) }}
{%- endmacro %}

{#- Groups of three, or of two before the last three as in India, whose commas cannot be a decimal point. -#}
{% macro grouped_pattern() -%}
    {%- set by_three = "[0-9]{1,3}(,[0-9]{3})" -%}
    {%- set by_two = "[0-9]{1,2}(,[0-9]{2})" -%}
    ^[+-]?(({{ by_three }}+|{{ by_two }}+,[0-9]{3})[.][0-9]{1,2}|{{ by_three }}{2,}|{{ by_two }}+,[0-9]{3})$
{%- endmacro %}

{% macro ungrouped(text) -%}
    case
        when {{ matches(text, grouped_pattern()) }} then replace({{ text }}, ',', '')
        else {{ text }}
    end
{%- endmacro %}

{% macro iso_date_pattern() -%} ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ {%- endmacro %}

{% macro year_first_pattern() -%}
    ^([0-9]{4})([-/.]?)([0-9]{2})\2([0-9]{2})([T ]00:00(:00([.]0+)?)?)?$
{%- endmacro %}

{#-
    Letters of two scripts side by side in a code (CUST0001 with a Cyrillic С): it looks like another key and is none,
    so nobody could find the row. Digits belong to every script: letters with only digits between stand side by side.
    The ohm sign is no letter of a word: composed, it is Greek.
-#}
{% macro lookalike_rules(columns) -%}
    {%- set scripts = [
        "A-Za-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u024F\\u1E00-\\u1EFF",
        "\\u0370-\\u03A8\\u03AA-\\u03FF\\u1F00-\\u1FFF",
        "\\u0400-\\u052F\\u1C80-\\u1C8F\\u2DE0-\\u2DFF\\uA640-\\uA69F",
        "\\u0531-\\u0587",
        "\\u13A0-\\u13FF\\uAB70-\\uABBF",
        "\\uFF21-\\uFF3A\\uFF41-\\uFF5A",
    ] -%}
    {%- set rules, pairs = [], [] -%}
    {%- for script in scripts -%}
        {%- set others = scripts | reject("equalto", script) | join -%}
        {%- do pairs.append("[" ~ script ~ "][0-9\\u0300-\\u036F]*[" ~ others ~ "]") -%}
    {%- endfor -%}
    {%- for column in columns -%}
        {%- do rules.append((
            "lookalike:" ~ column,
            "not " ~ matches(column, "^[ -~]*$") ~ " and " ~ matches(column, pairs | join("|")),
        )) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}
