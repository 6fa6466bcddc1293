{#- The notes of a row: what was done to its raw values beyond trimming spaces and the case of names. -#}

{#- What notes say, the part before the colon. -#}
{% macro note_rules() -%}
    {{ return([
        "invisible", "nfc", "digits", "null_word", "currency", "percent", "grouped", "rounded", "date_form",
        "time_form", "phone_form", "phone_text",
    ]) }}
{%- endmacro %}

{#- As rule:column. Each kind is looked for in all columns together first. -#}
{% macro notes(table_name) -%}
    {%- set texts = delivered_columns(table_name, ["name", "line", "block"]) -%}
    {%- set amounts = delivered_columns(table_name, ["amount"]) -%}
    {%- set percentages = delivered_columns(table_name, ["percentage"]) -%}
    {%- set dates = delivered_columns(table_name, ["date"]) -%}
    {%- set times = delivered_columns(table_name, ["time"]) -%}
    {%- set phones = delivered_columns(table_name, ["phone"]) -%}
    {%- set decimals = delivered_columns(table_name, ["integer", "price"]) + percentages -%}
    {%- set numbers = decimals + amounts -%}
    {%- set digits = numbers + dates + times + phones -%}
    {%- set coded = delivered_columns(table_name, ["id", "code", "email", "label"]) + digits -%}
    {{ noted(texts + coded, "[^ -~\\t\\n\\r\\f\\u000B]", character_notes(texts, coded, digits)) }}
    || {{ noted(
        coded,
        "(^|[|]) *([Nn][Uu][Ll][Ll]|[Nn][Oo][Nn][Ee]|#?[Nn]/[Aa]|\\\\[Nn]) *([|]|$)",
        null_word_notes(coded),
    ) }}
    {%- if numbers %}
    || {{ noted(numbers, "[^0-9. |+-]", amount_notes(numbers, percentages)) }}
    {%- endif %}
    {%- for columns, scale in [(decimals, 4), (amounts, 2)] if columns %}
    || {{ noted(columns, "[.][0-9]{" ~ scale ~ "}[0-9]*[1-9]", rounding_notes(columns, scale, percentages)) }}
    {%- endfor %}
    {%- for column in dates %}
    || case
        when {{ matches(column, iso_date_pattern()) }} then {{ no_reasons() }}
        else {{ reasons(date_notes(column)) }}
    end
    {%- endfor %}
    {%- for column in times %}
    || case
        when {{ matches(column, plain_time_pattern()) }} then {{ no_reasons() }}
        else {{ reasons(time_notes(column)) }}
    end
    {%- endfor %}
    {%- for column in phones %}
    || case
        when {{ column }} is null or {{ matches(column, phone_pattern()) }} then {{ no_reasons() }}
        else {{ reasons(phone_notes(column)) }}
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
        {%- set visible = "ops.visible_" ~ ("code" if column in coded else "text") ~ "(" ~ column ~ ")" -%}
        {%- do rules.append(("invisible:" ~ column, visible ~ " <> " ~ column)) -%}
        {%- do rules.append(("nfc:" ~ column, is_not_composed(column))) -%}
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
            ("null_word:" ~ column, "upper(" ~ bytewise(clean_block(column)) ~ ") in " ~ null_tokens())
        ) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}

{% macro amount_notes(columns, percentages=[]) -%}
    {%- set rules = [] -%}
    {%- for column in columns -%}
        {%- set text = ascii_digits(clean_code(column)) -%}
        {%- if column in percentages -%}
            {%- do rules.append(("percent:" ~ column, matches(text, "[0-9]" ~ percent_sign_pattern()))) -%}
            {%- set text = without_percent_sign(text) -%}
        {%- endif -%}
        {%- do rules.append(("currency:" ~ column, without_currency(text) ~ " <> " ~ text)) -%}
        {%- do rules.append(
            ("grouped:" ~ column, matches(without_currency(text), grouped_pattern()))
        ) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}

{% macro rounding_notes(columns, scale, percentages=[]) -%}
    {%- set rules = [] -%}
    {%- for column in columns -%}
        {%- do rules.append(
            ("rounded:" ~ column, matches(
                clean_number(column, column in percentages),
                "^[+-]?[0-9]+[.][0-9]{" ~ scale ~ "}[0-9]*[1-9]0*$"
            ))
        ) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}

{% macro date_notes(column) -%}
    {%- set text = ascii_digits(clean_code(column)) -%}
    {{ return([(
        "date_form:" ~ column,
        matches(two_digits(text), year_first_pattern()) ~ " and not " ~ matches(text, iso_date_pattern()),
    )]) }}
{%- endmacro %}

{% macro time_notes(column) -%}
    {{ return([("time_form:" ~ column, matches(ascii_digits(clean_code(column)), "^[0-9]:[0-5][0-9]"))]) }}
{%- endmacro %}

{#- What a telephone number was taken out of, or that the text is none and stays as it is. -#}
{% macro phone_notes(column) -%}
    {%- set text = clean_code(column) -%}
    {%- set is_number = matches(unwrapped_phone(text), phone_pattern()) -%}
    {{ return([
        ("phone_form:" ~ column, is_number ~ " and " ~ unwrapped_phone(text) ~ " <> " ~ ascii_digits(text)),
        ("phone_text:" ~ column, "not " ~ is_number),
    ]) }}
{%- endmacro %}
