with sales_by_month_and_customer as (
    select * from {{ ref("int_sales_by_month_and_customer") }}
    where transaction_count > 0
),

customer_metrics as (
    select * from {{ ref("agg_customer_metrics") }}
),

customers_in_cohorts as (
    select
        customer_id,
        {{ year_month(date_key("first_purchase_date")) }} as cohort_month
    from customer_metrics
    -- once a customer, not once a customer's month
    {{ optimization_fence() }}
),

sales_by_cohort_and_month as (
    select
        customers.cohort_month,
        sales.year_month,
        sum(sales.customer_count) as active_customers,
        cast(sum(sales.transaction_count) as bigint) as transaction_count,
        cast(sum(sales.total_revenue) as numeric(38, 2)) as total_revenue
    from sales_by_month_and_customer as sales
    inner join customers_in_cohorts as customers
        on sales.customer_id = customers.customer_id
    group by
        customers.cohort_month,
        sales.year_month
)

select * from sales_by_cohort_and_month
