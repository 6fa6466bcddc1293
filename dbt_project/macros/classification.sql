{#-
    The way every delivered row goes: candidates -> (the model cleans, types and validates) -> classified.
    No statement after this may fail on a bad row: the rules have seen it first.
-#}

{#- The batch in staging, and the rows of earlier batches that quarantine still holds open, as text. -#}
{% macro candidates(table_name, columns) -%}
    {%- set batch = source("staging", table_name) -%}
    {%- set quarantined = source("existing_quarantine", "rejected_" ~ table_name) -%}
    select
        {{ logical_date() }} as batch_date,
        _line_number as line_number,
        _source_file as source_file,
        false as is_retry,
        {{ no_reasons() }} as previous_reasons,
        {{ columns | join(",\n        ") }}
    from {{ batch }}
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
        and (verdict = 'open' or closed_on = {{ logical_date() }})
    {%- endif %}
{%- endmacro %}

{#- A relation that a former run left, or the rows that a unit test gives for it. -#}
{% macro exists_already(relation) -%}
    {{ return(relation.is_cte or (execute and load_relation(relation) is not none)) }}
{%- endmacro %}

{#- The columns that say where a row came from. -#}
{% macro origin() -%}
    batch_date,
        line_number,
        source_file,
        is_retry
{%- endmacro %}

{% macro not_null_rules(columns) -%}
    {%- set rules = [] -%}
    {%- for column in columns -%}
        {%- do rules.append(("not_null:" ~ column, column ~ " is null")) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}

{#- Two rules a column: no text at all, or text that its type cannot hold (<column>_text is the cleaned text). -#}
{% macro type_rules(columns, required=true) -%}
    {%- set rules = [] -%}
    {%- for column in columns -%}
        {%- if required -%}
            {%- do rules.append(("not_null:" ~ column, column ~ "_text is null")) -%}
        {%- endif -%}
        {%- do rules.append(
            ("type:" ~ column, column ~ "_text is not null and " ~ column ~ " is null")
        ) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}

{% macro length_rules(limits) -%}
    {%- set rules = [] -%}
    {%- for column, limit in limits.items() -%}
        {%- do rules.append(("length:" ~ column, "char_length(" ~ column ~ ") > " ~ limit)) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}

{#-
    Steps that give each validated row its verdict. Of the rows of a key the last acceptable one is `accepted`; an
    acceptable row after it does not exist, a row before it has lost: `duplicate` in the same batch, `superseded` in an
    earlier one. What is not acceptable and was not overtaken stays `open`. A loser's reason says whether it was an exact
    copy (duplicate) or said something else (conflict).
-#}
{% macro classified(validated, key, columns) -%}
overtaken as (
    select
        {{ validated }}.*,
        coalesce(sum(case when {{ is_clean("reasons") }} then 1 else 0 end) over (
            partition by {{ key }}
            order by batch_date asc, line_number asc
            rows between 1 following and unbounded following
        ), 0) as later_acceptable_count,
        coalesce(sum(case when {{ is_clean("reasons") }} then 1 else 0 end) over (
            partition by {{ key }}, batch_date
            order by line_number asc
            rows between 1 following and unbounded following
        ), 0) as later_in_batch_count
    from {{ validated }}
),

verdicts as (
    select
        overtaken.*,
        case
            when later_in_batch_count > 0 then 'duplicate'
            when later_acceptable_count > 0 then 'superseded'
            when {{ is_clean("reasons") }} then 'accepted'
            else 'open'
        end as verdict
    from overtaken
),

winners as (
    select *
    from verdicts
    where verdict = 'accepted'
),

classified as (
    select
        {%- for column in ["batch_date", "line_number", "source_file", "is_retry"] + columns %}
        verdicts.{{ column }},
        {%- endfor %}
        verdicts.notes,
        case
            when verdicts.verdict = 'superseded'
                then {{ with_reason("verdicts.reasons", "'superseded:" ~ key ~ "'") }}
            when verdicts.verdict = 'duplicate' and {{ differs("verdicts", "winners", columns) }}
                then {{ with_reason("verdicts.reasons", "'conflict:" ~ key ~ "'") }}
            when verdicts.verdict = 'duplicate'
                then {{ with_reason("verdicts.reasons", "'duplicate:" ~ key ~ "'") }}
            else verdicts.reasons
        end as reasons,
        verdicts.verdict
    from verdicts
    left join winners
        on
            verdicts.{{ key }} = winners.{{ key }}
            and verdicts.verdict = 'duplicate'
)
{%- endmacro %}
