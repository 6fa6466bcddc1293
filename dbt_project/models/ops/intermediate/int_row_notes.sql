with

row_notes as (
    {%- for table, file in var("delivered_tables").items() %}
    select
        '{{ table }}' as table_name,
        {{ file.key }} as row_key,
        notes as codes
    from {{ ref("stg_" ~ table) }}
    where
        status = 'accepted'
        and not {{ is_clean("notes") }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from row_notes
