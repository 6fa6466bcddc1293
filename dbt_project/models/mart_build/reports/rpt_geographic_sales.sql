with sales_by_month_and_customer as (
    select * from {{ ref("int_sales_by_month_and_customer") }}
),

customers as (
    select * from {{ ref("dim_customers") }}
),

sales_by_customer_version as (
    select
        customer_key,
        sum(total_revenue) as total_revenue
    from sales_by_month_and_customer
    group by customer_key
),

sales_by_state as (
    select
        customers_at_sale.country,
        customers_at_sale.state,
        cast(sum(sales.total_revenue) as numeric(38, 2)) as total_revenue,
        count(distinct customers_at_sale.customer_id) as total_customers,
        cast(
            {{ ratio(
                "sum(sales.total_revenue)",
                "count(distinct customers_at_sale.customer_id)",
            ) }}
            as numeric(38, 2)
        ) as avg_revenue_per_customer
    from sales_by_customer_version as sales
    inner join customers as customers_at_sale
        on sales.customer_key = customers_at_sale.customer_key
    group by
        customers_at_sale.country,
        customers_at_sale.state
)

select * from sales_by_state
