{{
    config(
        materialized="incremental",
        incremental_strategy="merge",
        unique_key="sales_key",
        on_schema_change="fail",
        indexes=[
            {"columns": ["item_id"]},
            {"columns": ["transaction_id"]},
            {"columns": ["date_key"]},
            {"columns": ["customer_id"]},
            {"columns": ["product_id"]},
            {"columns": ["updated_at"]},
        ],
    )
}}

with touched_sales as (
    {{ touched_rows(ref("int_sales"), ["item_id"]) }}
),
{% if is_incremental() %}
former_sales as (
    select * from {{ this }}
),

-- What an unpublished run had merged already is not rewritten.
changed_sales as (
    select touched_sales.*
    from touched_sales
    left join former_sales
        on touched_sales.sales_key = former_sales.sales_key
    where
        former_sales.sales_key is null
        or {{ differs("touched_sales", "former_sales", sales_columns()) }}
)
{%- else %}
changed_sales as (
    select * from touched_sales
)
{%- endif %}

select * from changed_sales
