{{ config(
    unique_key=["batch_date", "table_name", "dimension"],
    pre_hook="{{ delete_batch_rows() }}",
) }}
{%- set checked = var("checked_dimensions") -%}
{%- set amounts = var("amount_columns") -%}
with

batch_counts as (
    select * from {{ ref("batch_counts") }}
    where batch_date = {{ logical_date() }}
),

validated_rows as (
    {%- for table in var("delivered_tables") %}
    select
        '{{ table }}' as table_name,
        {%- if table in amounts %}
        -- what is refused may be below zero; it is money all the same
        abs({{ amounts[table] }}) as amount,
        {%- else %}
        cast(null as numeric(38, 2)) as amount,
        {%- endif %}
        status = 'accepted' as is_accepted,
        reasons
    from {{ ref("stg_" ~ table) }}
    where not is_retry
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

marked_rows as (
    select
        {%- for dimension, checks in var("quality_dimensions").items() %}
        (
            not validated_rows.is_accepted
            and {{ has_reason_of("validated_rows.reasons", checks.rules) }}
        ) as breaks_{{ dimension }},
        {%- endfor %}
        validated_rows.*
    from validated_rows
),

summed as (
    select
        {%- for dimension in var("quality_dimensions") %}
        sum(case when breaks_{{ dimension }} then 0 else 1 end)
            as accepted_{{ dimension }}_count,
        sum(case when not breaks_{{ dimension }} then amount end)
            as accepted_{{ dimension }}_amount,
        {%- endfor %}
        table_name,
        count(amount) as priced_count,
        sum(amount) as delivered_amount,
        sum(case when is_accepted then 1 else 0 end) as accepted_all_count,
        sum(case when is_accepted then amount end) as accepted_all_amount
    from marked_rows
    group by table_name
),

counted as (
    {%- for dimension in ["all"] + var("quality_dimensions") | list %}
    select
        batch_counts.batch_date,
        batch_counts.table_name,
        '{{ dimension }}' as dimension,
        batch_counts.table_name in (
            {%- for table in amounts %}
            '{{ table }}'{{ "," if not loop.last }}
            {%- endfor %}
        ) as has_money,
        batch_counts.delivered_count,
        -- a line that is no record was validated by no rule, so it has passed none
        coalesce(summed.accepted_{{ dimension }}_count, 0) as accepted_count,
        batch_counts.delivered_count - coalesce(summed.priced_count, 0)
            as unpriced_count,
        coalesce(summed.delivered_amount, 0) as delivered_amount,
        coalesce(summed.accepted_{{ dimension }}_amount, 0) as accepted_amount
    from batch_counts
    left join summed
        on batch_counts.table_name = summed.table_name
    {%- if dimension != "all" %}
    where
        batch_counts.table_name in (
            {%- for table, dimensions in checked.items() if dimension in dimensions %}
            '{{ table }}'{{ "," if not loop.last }}
            {%- endfor %}
        )
    {%- endif %}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

quality_counts as (
    select
        batch_date,
        cast(table_name as {{ dbt.type_string() }}) as table_name,
        cast(dimension as {{ dbt.type_string() }}) as dimension,
        delivered_count,
        cast(accepted_count as bigint) as accepted_count,
        case when has_money then unpriced_count end as unpriced_count,
        cast(case when has_money then delivered_amount end as numeric(38, 2))
            as delivered_amount,
        cast(case when has_money then accepted_amount end as numeric(38, 2))
            as accepted_amount,
        {{ accepted_pct("accepted_count", "delivered_count") }} as rows_pct,
        cast(
            case
                when has_money and unpriced_count = delivered_count
                    then {{ accepted_pct("0", "delivered_count") }}
                when has_money
                    then {{ accepted_pct(
                        "accepted_amount * (delivered_count - unpriced_count)",
                        "delivered_amount * delivered_count",
                    ) }}
            end as numeric(5, 2)
        ) as money_pct
    from counted
)

select * from quality_counts
