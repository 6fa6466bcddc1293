{#-
    The body of a quarantine model: every candidate that was not accepted, as it was delivered, with its reasons and
    verdict, and the rows of earlier batches that were accepted or overtaken now. A row keeps the reasons it was refused
    for when it is resolved.
-#}
{% macro quarantined(table_name, columns) -%}
    candidates as (
        {{ candidates(table_name, columns) }}
    ),

    verdicts as (
        select
            batch_date,
            line_number,
            reasons,
            verdict
        from {{ ref("stg_" ~ table_name) }}
        where
            verdict <> 'accepted'
            or is_retry
    ),

    rejected as (
        select
            candidates.batch_date,
            candidates.line_number,
            candidates.source_file,
            {%- for column in columns %}
            candidates.{{ column }},
            {%- endfor %}
            case
                when verdicts.verdict = 'accepted' then candidates.previous_reasons
                else verdicts.reasons
            end as reasons,
            case
                when verdicts.verdict = 'accepted' then 'resolved'
                else verdicts.verdict
            end as verdict,
            case
                when verdicts.verdict <> 'open' then {{ logical_date() }}
            end as closed_on
        from candidates
        inner join verdicts
            on
                candidates.batch_date = verdicts.batch_date
                and candidates.line_number = verdicts.line_number
    ){% if is_incremental() %},

    changed as (
        select rejected.*
        from rejected
        left join {{ this }} as existing_rows
            on
                rejected.batch_date = existing_rows.batch_date
                and rejected.line_number = existing_rows.line_number
        where
            existing_rows.line_number is null
            or {{ differs("rejected", "existing_rows", ["reasons", "verdict", "closed_on"]) }}
    ){% endif %}

    select * from {{ "changed" if is_incremental() else "rejected" }}
{%- endmacro %}

{#- A batch that comes again replaces what was quarantined of it. -#}
{% macro delete_batch_rows() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where batch_date = {{ logical_date() }}
    {%- endif -%}
{%- endmacro %}
