{%- set bounds = var("discount_band_bounds") -%}

with sales_by_day_and_discount as (
    select * from {{ ref("int_sales_by_day_and_discount") }}
),

discounts_in_bands as (
    select
        *,
        case
            when discount_pct = 0 then '0%'
            {%- for bound in bounds %}
            when discount_pct <= {{ bound }}
                then '{{ loop.previtem | default(0) | int + 1 }}-{{ bound }}%'
            {%- endfor %}
            else '{{ bounds | last }}%+'
        end as discount_range
    from sales_by_day_and_discount
),

discount_impact as (
    select
        discount_range,
        cast(
            {{ ratio("sum(discount_pct * line_count)", "sum(line_count)") }}
            as numeric(5, 2)
        ) as avg_discount_pct,
        cast(sum(total_quantity) as bigint) as total_quantity_sold,
        cast(sum(total_revenue) as numeric(38, 2)) as total_revenue,
        cast(
            {{ ratio("sum(total_revenue)", "sum(line_count)") }} as numeric(38, 2)
        ) as avg_line_total
    from discounts_in_bands
    group by discount_range
)

select * from discount_impact
