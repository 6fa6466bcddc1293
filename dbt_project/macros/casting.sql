{#-
    Casts that give null where the text cannot be read, the same on every version: the pattern decides, never the
    server's own leniency (NaN, 1e3, 0x10, 1_000, yesterday).
-#}
{#-
    Amounts have two decimals, prices, costs and percentages four; more are rounded half away from zero. What then has
    too many digits cannot be read. The length stands beside the pattern: a bound of hundred within it takes fifteen
    times as long.
-#}
{% macro try_to_decimal(text, precision, scale) -%}
    cast(
        case
            when char_length({{ text }}) > 100 or not {{ matches(text, "^[+-]?[0-9]+([.][0-9]*)?$") }} then null
            when abs(round(cast({{ text }} as numeric), {{ scale }})) < 1e{{ precision - scale }}
                then round(cast({{ text }} as numeric), {{ scale }})
        end as numeric({{ precision }}, {{ scale }})
    )
{%- endmacro %}

{#- A whole number, also where a program wrote it as 2.0. -#}
{% macro try_to_integer(text) -%}
    case
        when {{ matches(text, "^[+-]?[0-9]{1,9}([.]0{0,100})?$") }}
            then cast(cast({{ text }} as numeric) as integer)
    end
{%- endmacro %}

{#- An ISO date that exists in the calendar, between the years 1900 and 9999. -#}
{% macro try_to_date(text) -%}
    case
        when not {{ matches(text, "^(19|[2-9][0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$") }}
            then null
        when cast(substr({{ text }}, 9, 2) as integer)
            <= extract(
                day from cast(substr({{ text }}, 1, 7) || '-01' as date) + interval '1 month - 1 day'
            )
            then cast({{ text }} as date)
    end
{%- endmacro %}

{#- A time of day: 09:30, 09:30:15 or 09:30:15.123456. -#}
{% macro try_to_time(text) -%}
    case
        when {{ matches(text, "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?$") }}
            then cast({{ text }} as time)
    end
{%- endmacro %}
