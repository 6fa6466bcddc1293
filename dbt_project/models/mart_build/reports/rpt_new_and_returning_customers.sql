with sales_by_customer_and_month as (
    select * from {{ ref("int_sales_by_customer_and_month") }}
),

customer_metrics as (
    select * from {{ ref("agg_customer_metrics") }}
),

buyers as (
    select
        sales.year_month,
        sales.transaction_count,
        sales.total_revenue,
        case
            when
                sales.year_month
                = {{ year_month(date_key("customer_metrics.first_purchase_date")) }}
                then 'New'
            else 'Returning'
        end as customer_kind
    from sales_by_customer_and_month as sales
    inner join customer_metrics
        on sales.customer_id = customer_metrics.customer_id
),

new_and_returning_customers as (
    select
        year_month,
        customer_kind,
        count(*) as customer_count,
        cast(sum(transaction_count) as bigint) as total_transactions,
        cast(sum(total_revenue) as numeric(38, 2)) as total_revenue
    from buyers
    group by
        year_month,
        customer_kind
)

select * from new_and_returning_customers
