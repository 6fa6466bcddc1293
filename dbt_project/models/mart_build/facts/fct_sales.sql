{%- set columns = [
    "transaction_id", "date_key", "customer_key", "product_key", "payment_method_key",
    "customer_id", "product_id", "quantity", "unit_price", "discount_pct", "gross_amount",
    "discount_amount", "revenue_amount", "cost_amount", "profit_amount", "sold_at",
    "updated_date",
] -%}
{{
    config(
        materialized="incremental",
        incremental_strategy="merge",
        unique_key="item_id",
        on_schema_change="fail",
        indexes=[
            {"columns": ["date_key"]},
            {"columns": ["customer_id"]},
            {"columns": ["product_id"]},
        ],
    )
}}

-- depends_on: {{ ref("row_warnings") }}
-- It and the changed days are made of the fact as it is before the merge.
with changed_days as (
    select * from {{ ref("int_changed_days") }}
    {{ each_changed_day() }}
),

changed_items as (
    select * from {{ ref("int_changed_items") }}
),

{% if is_incremental() %}
-- what an unpublished run has merged already; changed items are on changed days
previous_sales as (
    select merged_sales.*
    from {{ this }} as merged_sales
    where
        merged_sales.date_key in (select changed_days.date_key from changed_days)
        and merged_sales.item_id in (
            select changed_items.item_id from changed_items
        )
),
{% endif %}

sales as (
    select * from {{ ref("int_sales") }}
),

sales_of_changed_items as (
    select sales.*
    from sales
    {% if is_incremental() %}
    inner join changed_items
        on sales.item_id = changed_items.item_id
    {% endif %}
),

changed_sales as (
    select
        sales_of_changed_items.item_id,
        sales_of_changed_items.transaction_id,
        sales_of_changed_items.date_key,
        sales_of_changed_items.customer_key,
        sales_of_changed_items.product_key,
        sales_of_changed_items.payment_method_key,
        sales_of_changed_items.customer_id,
        sales_of_changed_items.product_id,
        sales_of_changed_items.quantity,
        sales_of_changed_items.unit_price,
        sales_of_changed_items.discount_pct,
        sales_of_changed_items.gross_amount,
        sales_of_changed_items.discount_amount,
        sales_of_changed_items.revenue_amount,
        sales_of_changed_items.cost_amount,
        sales_of_changed_items.profit_amount,
        sales_of_changed_items.sold_at,
        sales_of_changed_items.updated_date
    from sales_of_changed_items
    {% if is_incremental() %}
    left join previous_sales
        on sales_of_changed_items.item_id = previous_sales.item_id
    where
        previous_sales.item_id is null
        or {{ differs("sales_of_changed_items", "previous_sales", columns) }}
    {% endif %}
)

select * from changed_sales
-- a day's rows lie together
order by date_key
