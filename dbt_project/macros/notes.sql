{#- The notes of a row: what was done to its raw values beyond trimming spaces and the case of names. -#}

{% macro note_rules() -%}
    {{ return([
        "invisible", "nfc", "digits", "null_word", "currency", "percent", "grouped", "rounded", "date_form",
        "time_form", "phone_form", "phone_text",
    ]) }}
{%- endmacro %}

{#-
    As rule:column. Most rows fail the condition that comes first: what is noted is looked for in all columns together,
    or whether a column has its plain form.
-#}
{% macro notes(table_name) -%}
    {%- set texts = delivered_columns(table_name, ["name", "line", "block"]) -%}
    {%- set decimals = delivered_columns(table_name, ["integer", "price"])
        + delivered_columns(table_name, ["percentage"]) -%}
    {%- set amounts = delivered_columns(table_name, ["amount"]) -%}
    {%- set dates = delivered_columns(table_name, ["date"]) -%}
    {%- set times = delivered_columns(table_name, ["time"]) -%}
    {%- set phones = delivered_columns(table_name, ["phone"]) -%}
    {%- set digits = decimals + amounts + dates + times + phones -%}
    {%- set coded = delivered_columns(table_name, ["id", "code", "email", "label"]) + digits -%}
    {%- set null_words = "([Nn][Uu][Ll][Ll]|[Nn][Oo][Nn][Ee]|#?[Nn]/[Aa]|\\\\[Nn])" -%}
    {%- set looked_for = [
        (texts + coded, "[^ -~\\t\\n\\r\\f\\u000B]", [(texts + coded, ["invisible", "nfc"]), (digits, ["digits"])]),
        (coded, "(^|[|]) *" ~ null_words ~ " *([|]|$)", [(coded, ["null_word"])]),
        (decimals + amounts, "[^0-9. |+-]", [(decimals + amounts, ["percent", "currency", "grouped"])]),
        (decimals, "[.][0-9]{4}[0-9]*[1-9]", [(decimals, ["rounded"])]),
        (amounts, "[.][0-9]{2}[0-9]*[1-9]", [(amounts, ["rounded"])]),
    ] -%}
    {%- set found = [] -%}
    {%- for columns, pattern, noted in looked_for if columns -%}
        {%- do found.append((matches("concat_ws('|', " ~ columns | join(", ") ~ ")", pattern), noted)) -%}
    {%- endfor -%}
    {%- for columns, pattern, rules in [
        (dates, iso_date_pattern(), ["date_form"]),
        (times, plain_time_pattern(), ["time_form"]),
        (phones, phone_pattern(), ["phone_form", "phone_text"]),
    ] -%}
        {%- for column in columns -%}
            {%- do found.append(("not " ~ matches(column, pattern), [([column], rules)])) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for condition, noted in found -%}
        {%- set rules = [] -%}
        {%- for columns, names in noted -%}
            {%- for column in columns -%}
                {%- for name in names -%}
                    {%- set is_noted = note(name, column, var("delivered_tables")[table_name].columns[column].kind) -%}
                    {%- if is_noted | trim -%}{%- do rules.append((name ~ ":" ~ column, is_noted)) -%}{%- endif -%}
                {%- endfor -%}
            {%- endfor -%}
        {%- endfor %}
    {{ "|| " if not loop.first }}case when {{ condition }} then {{ reasons(rules) }} else {{ no_reasons() }} end
    {%- endfor %}
{%- endmacro %}

{#- Whether a rule notes a column; nothing where it never does. -#}
{% macro note(rule, column, kind) -%}
    {%- set code = clean_code(column) -%}
    {%- set text = ascii_digits(code) -%}
    {%- set number = replaced(text, percent_sign_pattern(), "") if kind == "percentage" else text -%}
    {%- if rule == "invisible" -%}
        ops.visible_{{ "text" if kind in ["name", "line", "block"] else "code" }}({{ column }}) <> {{ column }}
    {%- elif rule == "nfc" -%} {{ is_not_composed(column) }}
    {%- elif rule == "digits" -%} {{ ascii_digits(column) }} <> {{ column }}
    {%- elif rule == "null_word" -%} upper({{ bytewise(clean_block(column)) }}) in {{ null_tokens() }}
    {%- elif rule == "percent" and kind == "percentage" -%} {{ matches(text, "[0-9]" ~ percent_sign_pattern()) }}
    {%- elif rule == "currency" -%} {{ without_currency(number) }} <> {{ number }}
    {%- elif rule == "grouped" -%} {{ matches(without_currency(number), grouped_pattern()) }}
    {%- elif rule == "rounded" -%}
        {%- set kept = 2 if kind == "amount" else 4 -%}
        {{ matches(
            clean_number(column, kind == "percentage"), "^[+-]?[0-9]+[.][0-9]{" ~ kept ~ "}[0-9]*[1-9]0*$"
        ) }}
    {%- elif rule == "date_form" -%}
        {{ matches(two_digits(text), year_first_pattern()) }} and not {{ matches(text, iso_date_pattern()) }}
    {%- elif rule == "time_form" -%} {{ matches(text, "^[0-9]:[0-5][0-9]") }}
    {%- elif rule == "phone_form" -%}
        {{ matches(unwrapped_phone(code), phone_pattern()) }} and {{ unwrapped_phone(code) }} <> {{ text }}
    {%- elif rule == "phone_text" -%} not {{ matches(unwrapped_phone(code), phone_pattern()) }}
    {%- endif -%}
{%- endmacro %}
