with sales_by_month_and_customer as (
    select * from {{ ref("int_sales_by_month_and_customer") }}
),

customer_metrics as (
    select * from {{ ref("agg_customer_metrics") }}
),

-- who moved within a month has a row for each version
sales_by_month_and_buyer as (
    select
        year_month,
        customer_id,
        sum(transaction_count) as transaction_count,
        sum(total_revenue) as total_revenue
    from sales_by_month_and_customer
    group by
        year_month,
        customer_id
),

sales_in_cohorts as (
    select
        sales.*,
        {{ year_month(date_key("customer_metrics.first_purchase_date")) }}
            as cohort_month
    from sales_by_month_and_buyer as sales
    inner join customer_metrics
        on sales.customer_id = customer_metrics.customer_id
),

sales_by_cohort_and_month as (
    select
        cohort_month,
        year_month,
        count(*) as active_customers,
        cast(sum(transaction_count) as bigint) as transaction_count,
        cast(sum(total_revenue) as numeric(38, 2)) as total_revenue
    from sales_in_cohorts
    group by
        cohort_month,
        year_month
)

select * from sales_by_cohort_and_month
