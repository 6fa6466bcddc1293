with customers as (
    select * from {{ ref("dim_customers") }}
    where is_current
),

customer_metrics as (
    select * from {{ ref("agg_customer_metrics") }}
),

lifetime_values as (
    select
        customers.customer_id,
        customers.full_name,
        cast(
            coalesce(customer_metrics.total_spent, 0) as numeric(38, 2)
        ) as total_spent,
        coalesce(customer_metrics.transaction_count, 0) as transaction_count,
        {{ days_between("customers.registration_date", logical_date()) }}
            as days_since_registration,
        customer_metrics.average_order_value as avg_order_value
    from customers
    left join customer_metrics
        on customers.customer_id = customer_metrics.customer_id
)

select * from lifetime_values
