{#-
    What a delivered value may be turned into without guessing, and the notes that say so (docs/bad-files.md). What has two
    meanings (1,234 or 01/02/2025) is left as it is, and the rule of its type rejects it. Plain values are looked for first
    and pass untouched: most are plain.
-#}

{#- A number: ASCII digits, without the shop's own currency and without separators of thousands. -#}
{% macro clean_number(column) -%}
    case
        when {{ matches(column, "^[0-9]+([.][0-9]+)?$") }} then {{ column }}
        else {{ ungrouped(without_currency(ascii_digits(clean_code(column)))) }}
    end
{%- endmacro %}

{#- A date whose year comes first, as YYYY-MM-DD: written with / or . or nothing between, or with midnight behind it. -#}
{% macro clean_date(column) -%}
    case
        when {{ matches(column, iso_date_pattern()) }} then {{ column }}
        else regexp_replace({{ ascii_digits(clean_code(column)) }}, '{{ year_first_pattern() }}', '\1-\3-\4')
    end
{%- endmacro %}

{#- Text of one line that may be missing. -#}
{% macro clean_optional(column) -%}
    {{ without_null_tokens(clean_line(column)) }}
{%- endmacro %}

{#- What programs write where there is no value. Not for names: Null is one. -#}
{% macro null_tokens() -%} ('NULL', 'NONE', 'N/A', '#N/A', '\N') {%- endmacro %}

{% macro without_null_tokens(text) -%}
    case when upper({{ text }}) in {{ null_tokens() }} then null else {{ text }} end
{%- endmacro %}

{#- The decimal digits of other scripts and of wide letters, ten by ten. -#}
{% macro other_digits() -%}
    {%- set zeros = ["066", "06F", "FF1"] -%}
    {%- set zeros_at_6 = ["096", "09E", "0A6", "0AE", "0BE", "0C6", "0CE"] -%}
    U&'
    {%- for zero in zeros -%}
        {%- for digit in "0123456789" -%} \{{ zero }}{{ digit }} {%- endfor -%}
    {%- endfor -%}
    {%- for zero in zeros_at_6 -%}
        {%- for digit in "6789ABCDEF" -%} \{{ zero }}{{ digit }} {%- endfor -%}
    {%- endfor -%}
    '
{%- endmacro %}

{% macro ascii_digits(text) -%}
    translate({{ text }}, {{ other_digits() }}, '{{ "0123456789" * 10 }}')
{%- endmacro %}

{#- The shop's own currency before or after an amount: in another one the amount would be wrong. -#}
{% macro without_currency(text) -%}
    {%- set marks = [] -%}
    {%- for mark in var("currency_marks") -%}
        {%- do marks.append(mark | replace(".", "[.]") | replace("$", "[$]")) -%}
    {%- endfor -%}
    {%- set any_mark = "(" ~ marks | join("|") ~ ")" -%}
    regexp_replace({{ text }}, '^{{ any_mark }} ?| ?{{ any_mark }}$', '', 'i')
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
    Two scripts side by side in a code (CUST0001 with a Cyrillic С): it looks like another key and is none, so nobody could
    find the row.
-#}
{% macro lookalike_rules(columns) -%}
    {%- set rules = [] -%}
    {%- set latin = "[A-Za-z0-9]" -%}
    {%- set other = "[\\u0370-\\u03FF\\u0400-\\u04FF]" -%}
    {%- for column in columns -%}
        {%- do rules.append((
            "lookalike:" ~ column,
            "not " ~ matches(column, "^[ -~]*$") ~ " and "
            ~ matches(column, latin ~ other ~ "|" ~ other ~ latin),
        )) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}

{#- What notes say, the part before the colon. -#}
{% macro note_rules() -%}
    {{ return(["invisible", "digits", "null_word", "currency", "grouped", "rounded", "date_form"]) }}
{%- endmacro %}

{#-
    The notes of a row, as rule:column: what was done to its raw values beyond trimming spaces and the case of names. Each
    kind is looked for in all columns together first.
-#}
{% macro notes(texts=[], optional=[], numbers=[], dates=[], times=[]) -%}
    {%- set coded = optional + numbers + dates + times -%}
    {{ noted(texts + coded, "[^ -~\\t\\n\\r\\f\\v]", character_notes(texts, coded, numbers + dates + times)) }}
    || {{ noted(coded, "(^|[|]) *([Nn][Uu][Ll][Ll]|[Nn][Oo][Nn][Ee]|#?[Nn]/[Aa]|\\\\[Nn]) *([|]|$)", null_word_notes(coded)) }}
    {%- if numbers %}
    || {{ noted(numbers, "[^0-9. |+-]", amount_notes(numbers)) }}
    || {{ noted(numbers, "[.][0-9]{2}[0-9]*[1-9]", rounding_notes(numbers)) }}
    {%- endif %}
    {%- for column in dates %}
    || case
        when {{ matches(column, iso_date_pattern()) }} then {{ no_reasons() }}
        else {{ reasons(date_notes(column)) }}
    end
    {%- endfor %}
{%- endmacro %}

{% macro noted(columns, pattern, rules) -%}
    case
        when {{ matches("concat_ws('|', " ~ columns | join(", ") ~ ")", pattern) }}
            then {{ reasons(rules) }}
        else {{ no_reasons() }}
    end
{%- endmacro %}

{% macro character_notes(texts, coded, digits) -%}
    {%- set rules = [] -%}
    {%- for column in texts + coded -%}
        {%- set joiners = " || U&'\\200C\\200D'" if column in coded else "" -%}
        {%- set unseen = unicode_spaces() ~ " || " ~ invisible_characters() ~ joiners -%}
        {%- do rules.append(
            ("invisible:" ~ column, "translate(" ~ column ~ ", " ~ unseen ~ ", '') <> " ~ column)
        ) -%}
    {%- endfor -%}
    {%- for column in digits -%}
        {%- do rules.append(("digits:" ~ column, ascii_digits(column) ~ " <> " ~ column)) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}

{% macro null_word_notes(columns) -%}
    {%- set rules = [] -%}
    {%- for column in columns -%}
        {%- do rules.append(
            ("null_word:" ~ column, "upper(" ~ clean_block(column) ~ ") in " ~ null_tokens())
        ) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}

{% macro amount_notes(columns) -%}
    {%- set rules = [] -%}
    {%- for column in columns -%}
        {%- set text = ascii_digits(clean_code(column)) -%}
        {%- do rules.append(("currency:" ~ column, without_currency(text) ~ " <> " ~ text)) -%}
        {%- do rules.append(
            ("grouped:" ~ column, matches(without_currency(text), grouped_pattern()))
        ) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}

{% macro rounding_notes(columns) -%}
    {%- set rules = [] -%}
    {%- for column in columns -%}
        {%- do rules.append(
            ("rounded:" ~ column, matches(clean_number(column), "^[+-]?[0-9]+[.][0-9]{2}[0-9]*[1-9]0*$"))
        ) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}

{% macro date_notes(column) -%}
    {%- set text = ascii_digits(clean_code(column)) -%}
    {{ return([(
        "date_form:" ~ column,
        matches(text, year_first_pattern()) ~ " and not " ~ matches(text, iso_date_pattern()),
    )]) }}
{%- endmacro %}
