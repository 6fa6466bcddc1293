-- Which publication changed which month last.
-- name: changes
select year_month, max(publication_id) from ops.publication_months group by year_month;

-- When all months were compared.
-- name: compared
select coalesce(max(publication_id), 0) from ops.publications where is_full;

-- name: known
select publication_id, published_at::text from ops.publications where publication_id = %s;

-- What a sale's keys stand for, as sums of text: a version of a customer or product in which that changed is another.
-- name: versions
select 'customer ' || customer_key, left(md5(concat_ws('|', customer_id, country, state, age_group)), 16)
from mart.dim_customers
union all
select 'product ' || product_key, left(md5(concat_ws('|', product_id, category, brand)), 16)
from mart.dim_products
union all
select 'payment method ' || payment_method_key, payment_method_name from mart.dim_payment_methods;
