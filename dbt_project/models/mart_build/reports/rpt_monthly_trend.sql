with months as (
    select * from {{ ref("int_sales_by_month") }}
),

months_with_growth as (
    select
        months.year_month,
        months.total_revenue,
        months.transaction_count as total_transactions,
        cast(
            months.total_revenue
            / nullif(months.transaction_count, 0) as numeric(38, 2)
        ) as average_order_value,
        months.unique_customers,
        cast(
            100 * (months.total_revenue - previous_months.total_revenue)
            / nullif(previous_months.total_revenue, 0) as numeric(38, 2)
        ) as revenue_growth_pct
    from months
    left join months as previous_months
        on months.month_number = previous_months.month_number + 1
)

select * from months_with_growth
