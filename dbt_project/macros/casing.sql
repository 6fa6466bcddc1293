{#-
    Upper and lower case by one rule, whatever the database's own: where that is Turkish, IRIS in small letters is
    another address than iris, and where it is C, no letter beyond ASCII has a case. ASCII is cased bytewise, all else
    letter by letter as Unicode does, where one letter becomes one.
-#}

{% macro lower_case(text) -%} {{ cased(text, "lower") }} {%- endmacro %}

{% macro upper_case(text) -%} {{ cased(text, "upper") }} {%- endmacro %}

{% macro cased(text, case) -%}
    {%- set letter_by_letter -%}
        case
            when {{ matches(text, "^[ -~]*$") }} then {{ case }}({{ bytewise(text) }})
            else translate({{ text }}, {{ letters(case) }})
        end
    {%- endset -%}
    {{ comparable(letter_by_letter) }}
{%- endmacro %}

{#- Each word with a capital and small letters behind it; a word ends at anything of ASCII but letters and digits. -#}
{% macro capitalised(text) -%} {{ adapter.dispatch("capitalised")(text) }} {%- endmacro %}

{% macro between_words() -%} {{ return(" -/:-@\\u005B-`{-~\\u2010-\\u201F") }} {%- endmacro %}

{% macro letters(case) -%}
    {%- set found = {"İ": "i"} if case == "lower" else {} -%}
    {%- for first, last in [(65, 122), (181, 591), (880, 1415), (7680, 8191), (65313, 65370)] -%}
        {%- for code in range(first, last + 1) -%}
            {%- set letter = "%c" % code -%}
            {%- set cased = letter.lower() if case == "lower" else letter.upper() -%}
            {%- if cased != letter and cased | length == 1 -%}{%- do found.update({letter: cased}) -%}{%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    '{{ found.keys() | join }}', '{{ found.values() | join }}'
{%- endmacro %}
