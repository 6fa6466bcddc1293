{{
    config(
        materialized="incremental",
        incremental_strategy="replace_changed",
        unique_key=["customer_id", "year_month"],
        on_schema_change="fail",
        indexes=[{"columns": ["year_month"]}],
    )
}}

with sales as (
    {{ sales_of_changed_months() }}
),

sales_by_customer_and_month as (
    select
        customer_id,
        year_month,
        {{ month_number("year_month") }} as month_number,
        count(distinct transaction_id) as transaction_count,
        cast(sum(revenue_amount) as numeric(38, 2)) as total_revenue
    from sales
    group by
        customer_id,
        year_month
)

select * from sales_by_customer_and_month
