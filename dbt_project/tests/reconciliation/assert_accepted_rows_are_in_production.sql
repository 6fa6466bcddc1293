-- What was accepted is in production, under its key.
with

accepted as (
    {%- for table, file in var("delivered_tables").items() %}
    select
        '{{ table }}' as table_name,
        delivered.{{ file.key }} as row_key,
        stored.{{ file.key }} as stored_key
    from {{ ref("stg_" ~ table) }} as delivered
    left join
        {{ rows_of_keys(ref(table), ref("stg_" ~ table), file.key) }} as stored
        on delivered.{{ file.key }} = stored.{{ file.key }}
    where delivered.status = 'accepted'
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

validation_errors as (
    select * from accepted
    where stored_key is null
)

select * from validation_errors
