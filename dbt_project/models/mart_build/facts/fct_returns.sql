{%- set columns = [
    "item_id", "transaction_id", "date_key", "return_date", "sale_date_key", "customer_key",
    "product_key", "payment_method_key", "customer_id", "product_id", "returned_quantity", "refund_amount",
    "returned_cost_amount", "lost_profit_amount", "reason", "updated_date",
] -%}
{%- set returned_cost_amount = (
    "cast(returns.quantity * products_at_sale.cost as numeric(22, 2))"
) -%}
{{
    config(
        materialized="incremental",
        incremental_strategy="merge",
        unique_key="return_id",
        on_schema_change="fail",
        indexes=[
            {"columns": ["date_key"]},
            {"columns": ["item_id"]},
            {"columns": ["customer_id"]},
            {"columns": ["product_id"]},
        ],
    )
}}

-- The changed days are made of the fact as it is before the merge.
with changed_days as (
    select * from {{ ref("int_changed_days") }}
    {{ each_changed_day() }}
),

changed_returns as (
    select * from {{ ref("int_changed_returns") }}
),

{% if is_incremental() %}
-- what an unpublished run has merged already; changed returns are on changed days
previous_returns as (
    select merged_returns.*
    from {{ this }} as merged_returns
    where
        merged_returns.date_key in (select changed_days.date_key from changed_days)
        and merged_returns.return_id in (
            select changed_returns.return_id from changed_returns
        )
),
{% endif %}

returns as (
    select * from {{ ref("returns") }}
),

sales as (
    select * from {{ ref("fct_sales") }}
),

products as (
    select * from {{ ref("dim_products") }}
),

returns_of_sales as (
    select
        returns.return_id,
        returns.item_id,
        sales.transaction_id,
        {{ date_key("returns.return_date") }} as date_key,
        returns.return_date,
        sales.date_key as sale_date_key,
        sales.customer_key,
        sales.product_key,
        sales.payment_method_key,
        sales.customer_id,
        sales.product_id,
        returns.quantity as returned_quantity,
        cast(returns.refund_amount as numeric(14, 2)) as refund_amount,
        {{ returned_cost_amount }} as returned_cost_amount,
        cast(
            returns.refund_amount - {{ returned_cost_amount }} as numeric(22, 2)
        ) as lost_profit_amount,
        returns.reason,
        greatest(
            cast(returns.updated_at as date), sales.updated_date
        ) as updated_date
    from returns
    {% if is_incremental() %}
    inner join changed_returns
        on returns.return_id = changed_returns.return_id
    {% endif %}
    inner join sales
        on returns.item_id = sales.item_id
    inner join products as products_at_sale
        on sales.product_key = products_at_sale.product_key
),

returns_that_differ as (
    select returns_of_sales.*
    from returns_of_sales
    {% if is_incremental() %}
    left join previous_returns
        on returns_of_sales.return_id = previous_returns.return_id
    where
        previous_returns.return_id is null
        or {{ differs("returns_of_sales", "previous_returns", columns) }}
    {% endif %}
)

select * from returns_that_differ
-- a day's rows lie together
order by date_key
