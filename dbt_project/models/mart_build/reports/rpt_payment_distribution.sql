with sales_by_day_and_payment_method as (
    select * from {{ ref("int_sales_by_day_and_payment_method") }}
),

payment_methods as (
    select * from {{ ref("dim_payment_methods") }}
),

sales_by_payment_method as (
    select
        payment_method_key,
        cast(sum(transaction_count) as bigint) as transaction_count,
        sum(total_revenue) as total_revenue
    from sales_by_day_and_payment_method
    group by payment_method_key
),

payment_distribution as (
    select
        payment_methods.payment_method_name as payment_method,
        sales.transaction_count,
        cast(sales.total_revenue as numeric(38, 2)) as total_revenue,
        cast(
            {{ ratio(
                "100.0 * sales.transaction_count", "sum(sales.transaction_count) over ()",
            ) }}
            as numeric(5, 2)
        ) as pct_of_transactions,
        cast(
            {{ ratio("100 * sales.total_revenue", "sum(sales.total_revenue) over ()") }}
            as numeric(5, 2)
        ) as pct_of_revenue
    from sales_by_payment_method as sales
    inner join payment_methods
        on sales.payment_method_key = payment_methods.payment_method_key
)

select * from payment_distribution
