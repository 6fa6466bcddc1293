{#-
    What quarantine says of a validated row that was not accepted, or not at once. A row keeps the reasons it was
    refused for when it is resolved; it is closed on the day it no longer waits.
-#}
{% macro status_in_quarantine(candidate, validated) -%}
    case
            when {{ validated }}.status = 'accepted' then {{ candidate }}.previous_reasons
            else {{ validated }}.reasons
        end as reasons,
        case
            when {{ validated }}.status = 'accepted' then 'resolved'
            else {{ validated }}.status
        end as status,
        case
            when {{ validated }}.status <> 'open' then {{ logical_date() }}
        end as closed_on
{%- endmacro %}

{% macro changed_rows(rejected) -%}
    select {{ rejected }}.*
    from {{ rejected }}
    {%- if is_incremental() %}
    left join {{ this }} as existing_rows
        on
            {{ rejected }}.batch_date = existing_rows.batch_date
            and {{ rejected }}.line_number = existing_rows.line_number
    where
        existing_rows.line_number is null
        or {{ differs(rejected, "existing_rows", ["reasons", "status", "closed_on"]) }}
    {%- endif %}
{%- endmacro %}

{% macro delete_batch_rows() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where batch_date = {{ logical_date() }}
    {%- endif -%}
{%- endmacro %}
