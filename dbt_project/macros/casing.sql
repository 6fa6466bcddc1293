{#-
    Upper and lower case by one rule, whatever the database's own: where that is Turkish, IRIS in small letters is
    another address than iris, and where it is C, no letter beyond ASCII has a case. ASCII is cased under "C", all
    else letter by letter as Unicode does, where one letter becomes one. `collate "default"` lets the result be
    compared with any other text.
-#}

{% macro lower_case(text) -%}
    (case
        when {{ matches(text, "^[ -~]*$") }} then lower({{ text }} collate "C")
        else translate(lower({{ text }} collate "C"), {{ letters("lower") }})
    end) collate "default"
{%- endmacro %}

{% macro upper_case(text) -%}
    (case
        when {{ matches(text, "^[ -~]*$") }} then upper({{ text }} collate "C")
        else translate(upper({{ text }} collate "C"), {{ letters("upper") }})
    end) collate "default"
{%- endmacro %}

{#- Each word with a capital and small letters behind it; a word ends at anything of ASCII but letters and digits. -#}
{% macro capitalised(text) -%}
    (case
        when {{ matches(text, "^[ -~]*$") }} then initcap({{ text }} collate "C")
        else (
            select string_agg(
                words.word[1] || {{ upper_case("left(words.word[2], 1)") }}
                || {{ lower_case("substr(words.word[2], 2)") }},
                '' order by words.place asc
            )
            from regexp_matches(
                {{ text }},
                '([ -/:-@[-`{-~\u2010-\u201F]*)([^ -/:-@[-`{-~\u2010-\u201F]*)',
                'g'
            ) with ordinality as words (word, place)
        )
    end) collate "default"
{%- endmacro %}

{#-
    The letters beyond ASCII that have a case (Latin, Greek, Cyrillic, Armenian, wide), and what they become: two
    literals.
-#}
{% macro letters(case) -%}
    {%- set found = {"İ": "i"} if case == "lower" else {} -%}
    {%- for first, last in [(181, 591), (880, 1415), (7680, 8191), (65313, 65370)] -%}
        {%- for code in range(first, last + 1) -%}
            {%- set letter = "%c" % code -%}
            {%- set cased = letter.lower() if case == "lower" else letter.upper() -%}
            {%- if cased != letter and cased | length == 1 -%}{%- do found.update({letter: cased}) -%}{%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    '{{ found.keys() | join }}', '{{ found.values() | join }}'
{%- endmacro %}
