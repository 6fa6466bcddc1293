{#-
    The way every delivered row goes: candidates -> trimmed -> cleaned -> validated -> statuses -> classified.
    No statement after this may fail on a bad row: the rules have seen it first.
-#}

{% macro candidates(table_name, delivered, quarantined) -%}
    {%- set columns = delivered_columns(table_name) -%}
    select
        {{ logical_date() }} as batch_date,
        _line_number as line_number,
        _source_file as source_file,
        false as is_retry,
        {{ no_reasons() }} as previous_reasons,
        {{ columns | join(",\n        ") }}
    from {{ delivered }}
    {%- if exists_already(quarantined) %}

    union all

    select
        batch_date,
        line_number,
        source_file,
        true as is_retry,
        reasons as previous_reasons,
        {{ columns | join(",\n        ") }}
    from {{ quarantined }}
    where
        batch_date < {{ logical_date() }}
        and (status = 'open' or closed_on = {{ logical_date() }})
    {%- endif %}
{%- endmacro %}

{% macro exists_already(relation) -%}
    {{ return(relation.is_cte or (execute and load_relation(relation) is not none)) }}
{%- endmacro %}

{% macro origin(relation) -%}
    {{ relation }}.batch_date,
        {{ relation }}.line_number,
        {{ relation }}.source_file,
        {{ relation }}.is_retry
{%- endmacro %}

{#-
    A validated row's status. Of the rows of a key the last acceptable one is `accepted`; a row before it has lost:
    `duplicate` in the same batch, `superseded` in an earlier one. What is not acceptable and was not overtaken stays
    `open`.
-#}
{% macro row_status(key) -%}
    case
        when line_number < max(case when {{ is_clean("reasons") }} then line_number end)
            over (partition by {{ key }}, batch_date)
            then 'duplicate'
        when batch_date < max(case when {{ is_clean("reasons") }} then batch_date end)
            over (partition by {{ key }})
            then 'superseded'
        when {{ is_clean("reasons") }} then 'accepted'
        else 'open'
    end
{%- endmacro %}

{#-
    The reasons of a row with that of its status: one that lost was an exact copy of the accepted row of its key
    (duplicate), or said something else (conflict).
-#}
{% macro reasons_with_status(table_name, row, accepted_row) -%}
    {%- set key = var("delivered_tables")[table_name].key -%}
    case
            when {{ row }}.status = 'superseded'
                then {{ with_reason(row ~ ".reasons", "'superseded:" ~ key ~ "'") }}
            when {{ row }}.status = 'duplicate' and {{ differs(row, accepted_row, delivered_columns(table_name)) }}
                then {{ with_reason(row ~ ".reasons", "'conflict:" ~ key ~ "'") }}
            when {{ row }}.status = 'duplicate'
                then {{ with_reason(row ~ ".reasons", "'duplicate:" ~ key ~ "'") }}
            else {{ row }}.reasons
        end
{%- endmacro %}
