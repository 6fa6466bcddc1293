{%- set first_day = add_days(logical_date(), "-" ~ (var("return_reason_days") - 1)) -%}

with recent_returns as (
    select * from {{ ref("fct_returns") }}
    where date_key between {{ date_key(first_day) }} and {{ date_key(logical_date()) }}
),

products as (
    select * from {{ ref("dim_products") }}
),

return_reasons as (
    select
        products_at_sale.category,
        coalesce(recent_returns.reason, 'Not said') as reason,
        count(*) as return_count,
        cast(sum(recent_returns.returned_quantity) as bigint) as units_returned,
        cast(sum(recent_returns.refund_amount) as numeric(38, 2)) as total_returns
    from recent_returns
    inner join products as products_at_sale
        on recent_returns.product_key = products_at_sale.product_key
    group by
        products_at_sale.category,
        coalesce(recent_returns.reason, 'Not said')
)

select * from return_reasons
