{#-
    Dates: what engines spell differently, and what a calendar needs. Every argument is an SQL expression of type
    date.
-#}

{% macro date_key(day) -%}
    cast(
        extract(year from {{ day }}) * 10000
        + extract(month from {{ day }}) * 100
        + extract(day from {{ day }}) as integer
    )
{%- endmacro %}

{% macro date_part(part, day) -%} cast(extract({{ part }} from {{ day }}) as integer) {%- endmacro %}

{#- The first day of the first year was a Monday. -#}
{% macro iso_weekday(day) -%} ({{ days_between("date '0001-01-01'", day) }} % 7 + 1) {%- endmacro %}

{% macro add_days(day, days) -%} ({{ day }} + ({{ days }})) {%- endmacro %}

{% macro days_between(first_day, last_day) -%}
    {{ adapter.dispatch("days_between")(first_day, last_day) }}
{%- endmacro %}

{% macro at_time(day, time_of_day) -%} {{ adapter.dispatch("at_time")(day, time_of_day) }} {%- endmacro %}

{% macro every_day(bounds) -%} {{ adapter.dispatch("every_day")(bounds) }} {%- endmacro %}

{#-
    A retail year (NRF 4-5-4 calendar) ends on the Saturday nearest to 31 January, so the next one begins on the Sunday
    between 29 January and 4 February.
-#}
{% macro retail_year_start(year) -%}
    {%- set latest_start = "make_date(" ~ year ~ ", 2, 4)" -%}
    {{ add_days(latest_start, "-(" ~ iso_weekday(latest_start) ~ " % 7)") }}
{%- endmacro %}

{% macro year_month(key) -%}
    concat(
        substr(cast({{ key }} as {{ dbt.type_string() }}), 1, 4),
        '-',
        substr(cast({{ key }} as {{ dbt.type_string() }}), 5, 2)
    )
{%- endmacro %}

{% macro month_number(year_month) -%}
    cast(substr({{ year_month }}, 1, 4) as integer) * 12 + cast(substr({{ year_month }}, 6, 2) as integer)
{%- endmacro %}
