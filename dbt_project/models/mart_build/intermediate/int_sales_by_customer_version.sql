{{
    config(
        materialized="incremental",
        incremental_strategy="replace_changed",
        unique_key="customer_id",
        on_schema_change="fail",
        indexes=[{"columns": ["customer_id"]}],
    )
}}

with

{{ since_publication(key="customer_key", changed_key="customer_id", sums={
    "total_units": "quantity",
    "total_revenue": "revenue_amount",
    "total_profit": "profit_amount",
}) }}

select * from rolled_up
