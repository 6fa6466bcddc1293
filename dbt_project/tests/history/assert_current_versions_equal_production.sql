-- The current version of every customer and product is what production says, and
-- nothing else is current.
with

differences as (
    {%- for table in ["customers", "products"] %}
    {%- set key = var("delivered_tables")[table].key %}
    select
        '{{ table }}' as table_name,
        coalesce({{ table }}.{{ key }}, versions.{{ key }}) as row_key
    from {{ ref(table) }} as {{ table }}
    full outer join {{ ref(table ~ "_snapshot") }} as versions
        on
            {{ table }}.{{ key }} = versions.{{ key }}
            and versions.dbt_valid_to is null
    where
        (versions.dbt_valid_to is null or {{ table }}.{{ key }} is not null)
        and {{ differs(table, "versions", history_columns(table ~ "_snapshot")) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

validation_errors as (
    select * from differences
)

select * from validation_errors
