{#- How PostgreSQL spells what engines spell differently; each macro stands for the one without postgres__. -#}

{#- Text and patterns -#}

{% macro postgres__matches(column, pattern) -%}
    {{ column }} ~ '{{ pattern }}'
{%- endmacro %}

{% macro postgres__replaced(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{% macro postgres__bytewise(text) -%} {{ text }} collate "C" {%- endmacro %}

{% macro postgres__comparable(text) -%} ({{ text }}) collate "default" {%- endmacro %}

{% macro postgres__is_not_composed(text) -%} {{ text }} is not nfc normalized {%- endmacro %}

{% macro postgres__capitalised(text) -%}
    (case
        when {{ matches(text, "^[ -~]*$") }} then initcap({{ text }} collate "C")
        else (
            select string_agg(
                words.word[1] || {{ upper_case("left(words.word[2], 1)") }}
                || {{ lower_case("substr(words.word[2], 2)") }},
                '' order by words.place asc
            )
            from regexp_matches(
                {{ text }}, '([{{ between_words() }}]*)([^{{ between_words() }}]*)', 'g'
            ) with ordinality as words (word, place)
        )
    end) collate "default"
{%- endmacro %}

{#- Numbers -#}

{% macro postgres__ratio(dividend, divisor) -%} {{ dividend }} / nullif({{ divisor }}, 0) {%- endmacro %}

{% macro postgres__exact_decimal(text) -%} cast({{ text }} as numeric) {%- endmacro %}

{% macro postgres__try_to_decimal(text, precision, scale) -%}
    cast(
        case
            when char_length({{ text }}) > 100 or not {{ matches(text, decimal_pattern()) }} then null
            when abs(round(cast({{ text }} as numeric), {{ scale }})) < 1e{{ precision - scale }}
                then round(cast({{ text }} as numeric), {{ scale }})
        end as numeric({{ precision }}, {{ scale }})
    )
{%- endmacro %}

{% macro postgres__median(expression) -%}
    (
        percentile_disc(0.5) within group (order by {{ expression }} asc)
        + percentile_disc(0.5) within group (order by {{ expression }} desc)
    ) / 2
{%- endmacro %}

{#- Dates and times -#}

{% macro postgres__try_to_date(text) -%}
    case
        when not {{ matches(text, date_pattern()) }} then null
        when cast(substr({{ text }}, 9, 2) as integer)
            <= extract(
                day from cast(substr({{ text }}, 1, 7) || '-01' as date) + interval '1 month - 1 day'
            )
            then cast({{ text }} as date)
    end
{%- endmacro %}

{% macro postgres__try_to_time(text) -%}
    case when {{ matches(text, time_pattern()) }} then cast({{ text }} as time) end
{%- endmacro %}

{% macro postgres__days_between(first_day, last_day) -%} ({{ last_day }} - {{ first_day }}) {%- endmacro %}

{% macro postgres__at_time(day, time_of_day) -%} ({{ day }} + {{ time_of_day }}) {%- endmacro %}

{% macro postgres__every_day(bounds) -%}
    select cast(days.full_day as date) as full_date
    from {{ bounds }}
    cross join lateral generate_series(
        cast({{ bounds }}.first_day as timestamp),
        cast({{ bounds }}.last_day as timestamp),
        interval '1 day'
    ) as days (full_day)
{%- endmacro %}

{#- Lists of reasons -#}

{% macro postgres__no_reasons() -%} cast(array[] as text []) {%- endmacro %}

{% macro postgres__list_without_nulls(values) -%}
    array_remove(
        array[
            {{ values | join(",\n            ") }}
        ],
        null
    )
{%- endmacro %}

{% macro postgres__each_of(column) -%} unnest({{ column }}) {%- endmacro %}

{% macro postgres__joined(column) -%} array_to_string({{ column }}, ' ') {%- endmacro %}

{% macro postgres__reason_list(text) -%} cast({{ text }} as text []) {%- endmacro %}

{#- Queries and tables -#}

{% macro postgres__declared_type(data_type) -%} {{ api.Column.translate_type(data_type) }} {%- endmacro %}

{% macro postgres__with_all_that_follow(relation, column, links, follows_from) -%}
    with recursive

    followed as (
        select {{ column }} from {{ relation }}

        union distinct

        select {{ links }}.{{ column }}
        from {{ links }}
        inner join followed
            on {{ links }}.{{ follows_from }} = followed.{{ column }}
    )

    select * from followed
{%- endmacro %}
