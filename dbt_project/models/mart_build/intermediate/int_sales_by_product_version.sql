{{
    config(
        materialized="incremental",
        incremental_strategy="replace_changed",
        unique_key="product_id",
        on_schema_change="fail",
        indexes=[{"columns": ["product_id"]}],
    )
}}

with

{{ since_publication(key="product_key", changed_key="product_id", sums={
    "total_quantity": "quantity",
    "sum_of_discount_pct": "discount_pct",
    "total_gross": "gross_amount",
    "total_discount": "discount_amount",
    "total_revenue": "revenue_amount",
    "total_cost": "cost_amount",
    "total_profit": "profit_amount",
}) }}

select * from rolled_up
