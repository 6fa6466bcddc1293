with sales_by_cohort_and_month as (
    select * from {{ ref("int_sales_by_cohort_and_month") }}
),

buyers as (
    select
        *,
        case when year_month = cohort_month then 'New' else 'Returning' end
            as customer_kind
    from sales_by_cohort_and_month
),

new_and_returning_customers as (
    select
        year_month,
        customer_kind,
        cast(sum(active_customers) as bigint) as customer_count,
        cast(sum(transaction_count) as bigint) as total_transactions,
        cast(sum(total_revenue) as numeric(38, 2)) as total_revenue
    from buyers
    group by
        year_month,
        customer_kind
)

select * from new_and_returning_customers
