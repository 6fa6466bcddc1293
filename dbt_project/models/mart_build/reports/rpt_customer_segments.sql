{%- set bounds = var("spending_band_bounds") -%}

with customer_metrics as (
    select * from {{ ref("agg_customer_metrics") }}
),

customers_in_bands as (
    select
        *,
        case
            {%- for bound in bounds %}
            when total_spent < {{ bound }}
                then '{{ loop.previtem | default(0) }}-{{ bound }}'
            {%- endfor %}
            else '{{ bounds | last }}+'
        end as spending_segment
    from customer_metrics
),

customer_segments as (
    select
        spending_segment,
        count(*) as customer_count,
        cast(sum(total_spent) as numeric(38, 2)) as total_revenue,
        cast(
            {{ ratio("sum(total_spent)", "sum(transaction_count)") }} as numeric(38, 2)
        ) as avg_transaction_value
    from customers_in_bands
    group by spending_segment
)

select * from customer_segments
