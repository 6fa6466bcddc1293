-- The sales and returns behind a figure. The page adds what is chosen (assets/5_queries.js).
-- name: fct_sales
select
    fct_sales.sold_at,
    fct_sales.transaction_id,
    fct_sales.item_id,
    fct_sales.product_id,
    dim_products.product_name,
    dim_products.category,
    dim_products.brand,
    fct_sales.customer_id,
    dim_customers.full_name,
    dim_customers.state,
    dim_customers.country,
    dim_payment_methods.payment_method_name as payment_method,
    fct_sales.quantity,
    fct_sales.gross_amount,
    fct_sales.discount_amount,
    fct_sales.revenue_amount,
    fct_sales.profit_amount
from mart.fct_sales
inner join mart.dim_products
    on fct_sales.product_key = dim_products.product_key
inner join mart.dim_customers
    on fct_sales.customer_key = dim_customers.customer_key
inner join mart.dim_payment_methods
    on fct_sales.payment_method_key = dim_payment_methods.payment_method_key
where {conditions}
order by fct_sales.sold_at desc, fct_sales.transaction_id, fct_sales.item_id;

-- name: fct_returns
select
    fct_returns.return_date,
    fct_returns.return_id,
    fct_returns.transaction_id,
    fct_returns.item_id,
    fct_returns.product_id,
    dim_products.product_name,
    dim_products.category,
    dim_products.brand,
    fct_returns.customer_id,
    dim_customers.full_name,
    dim_customers.state,
    dim_customers.country,
    dim_payment_methods.payment_method_name as payment_method,
    fct_returns.reason,
    fct_returns.returned_quantity,
    fct_returns.refund_amount,
    fct_returns.lost_profit_amount
from mart.fct_returns
inner join mart.dim_products
    on fct_returns.product_key = dim_products.product_key
inner join mart.dim_customers
    on fct_returns.customer_key = dim_customers.customer_key
inner join mart.dim_payment_methods
    on fct_returns.payment_method_key = dim_payment_methods.payment_method_key
where {conditions}
order by fct_returns.return_date desc, fct_returns.return_id;
