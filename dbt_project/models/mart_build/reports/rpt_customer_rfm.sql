{%- set scored = {
    "recency_score": "last_purchase_date",
    "frequency_score": "transaction_count",
    "monetary_score": "total_spent",
} -%}

with customer_metrics as (
    select * from {{ ref("agg_customer_metrics") }}
),

customers_with_digits as (
    select
        *,
        {{ days_between("last_purchase_date", logical_date()) }}
            as days_since_last_purchase,
        cast(cast(floor(total_spent) as bigint) as {{ dbt.type_string() }}) as digits
    from customer_metrics
),

customers_with_power as (
    select
        *,
        -- the power of ten below, by counting digits: a logarithm may miss by a hair
        cast(power(10, length(digits) - 1) as numeric(38, 2)) as magnitude
    from customers_with_digits
),

rfm as (
    select
        customer_id,
        {{ year_month(date_key("first_purchase_date")) }} as first_purchase_month,
        {%- for score, column in scored.items() %}
        -- equal customers share a score
        cast(least(5, 1 + floor(5 * percent_rank() over (
            order by {{ column }} asc nulls first
        ))) as integer) as {{ score }},
        {%- endfor %}
        days_since_last_purchase,
        transaction_count,
        total_spent,
        cast(case
            when total_spent < 1 then 0
            when total_spent >= 5 * magnitude then 5 * magnitude
            when total_spent >= 2 * magnitude then 2 * magnitude
            else magnitude
        end as numeric(38, 2)) as value_band_from
    from customers_with_power
)

select * from rfm
