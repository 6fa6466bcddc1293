-- The SQL that turns the star into codes: a sale is a row of small numbers, and so is a cube.
-- The codes are steps of each query, not tables: who may read the mart can read it so.
-- name: codes
with site_places as materialized (
    select
        country,
        state,
        row_number() over (order by country collate "C", state collate "C") - 1 as place
    from mart.dim_customers
    group by country, state
),

-- in order of value, so that the most valuable come first wherever customers are listed
site_buyers as materialized (
    select
        rfm.customer_id,
        lifetime.full_name,
        versions.customer_segment as segment,
        rfm.first_purchase_month as cohort_month,
        rfm.recency_score,
        rfm.frequency_score,
        cast(rfm.value_band_from as float8) as value_band,
        cast(100 * rfm.total_spent as float8) as lifetime_value,
        rfm.transaction_count as lifetime_transactions,
        row_number() over (
            order by rfm.total_spent desc, rfm.customer_id collate "C"
        ) - 1 as customer
    from mart.rpt_customer_rfm as rfm
    inner join mart.rpt_customer_lifetime_value as lifetime
        on rfm.customer_id = lifetime.customer_id
    inner join mart.dim_customers as versions
        on rfm.customer_id = versions.customer_id and versions.is_current
),

site_customers as materialized (
    select
        versions.customer_key,
        site_buyers.customer,
        site_places.place,
        versions.age_group,
        dense_rank() over (order by versions.age_group collate "C") - 1 as age_group_code
    from mart.dim_customers as versions
    inner join site_buyers on versions.customer_id = site_buyers.customer_id
    inner join site_places
        on versions.country = site_places.country and versions.state = site_places.state
),

site_products as materialized (
    select
        versions.product_key,
        versions.product_id,
        versions.category,
        versions.brand,
        present.product_name,
        present.category as product_category,
        present.brand as product_brand,
        dense_rank() over (
            order by
                versions.product_id collate "C",
                versions.category collate "C",
                versions.brand collate "C"
        ) - 1 as item
    from mart.dim_products as versions
    inner join mart.rpt_product_profitability as present
        on versions.product_id = present.product_id
),

site_payment_methods as materialized (
    select
        payment_method_key,
        payment_method_name as payment_method,
        row_number() over (order by payment_method_name collate "C") - 1 as code
    from mart.dim_payment_methods
),

site_reasons as materialized (
    select
        coalesce(reason, 'Not said') as reason,
        row_number() over (order by coalesce(reason, 'Not said') collate "C") - 1 as code
    from mart.fct_returns
    group by coalesce(reason, 'Not said')
)

-- What the codes stand for, in their order; a column is a dimension of the catalogue.
-- name: place
select country, state from site_places order by place;

-- name: payment_method
select payment_method from site_payment_methods order by code;

-- name: age_group
select age_group from site_customers group by age_group, age_group_code order by age_group_code;

-- name: item
select product_id, category, brand, product_name, product_category, product_brand
from site_products
group by product_id, category, brand, product_name, product_category, product_brand, item
order by item;

-- name: customer
select
    customer_id, full_name, segment, cohort_month, recency_score, frequency_score, value_band, lifetime_value,
    lifetime_transactions
from site_buyers
order by customer;

-- name: reason
select reason from site_reasons order by code;

-- The items sold in a month, 202611.
-- name: sales
select
    {columns}
from mart.fct_sales
inner join site_customers on fct_sales.customer_key = site_customers.customer_key
inner join site_products on fct_sales.product_key = site_products.product_key
inner join site_payment_methods on fct_sales.payment_method_key = site_payment_methods.payment_method_key
where fct_sales.date_key between {year_month}00 and {year_month}31

-- The returns of a month, 202611: their sale's customer, product and payment method.
-- name: returns
select
    {columns}
from mart.fct_returns
inner join site_customers on fct_returns.customer_key = site_customers.customer_key
inner join site_products on fct_returns.product_key = site_products.product_key
inner join site_payment_methods on fct_returns.payment_method_key = site_payment_methods.payment_method_key
inner join site_reasons on coalesce(fct_returns.reason, 'Not said') = site_reasons.reason
where fct_returns.date_key between {year_month}00 and {year_month}31
