-- WooCommerce: "Customer / Order / Coupon Export", CSV, "Default - one row per item", and the core's export of products.
-- A row is an item; the order's amounts stand on each of its rows. Amounts of items are without tax.

create table delivered.orders (
    "order_id" text not null,
    "order_number" text,
    "date|order_date" timestamp not null,
    "status|order_status" text not null,
    "order_currency|currency" text not null,
    "order_total" decimal(18, 4) not null,
    "shipping_total" decimal(18, 4) not null,
    "shipping_tax_total" decimal(18, 4),
    "fee_total" decimal(18, 4),
    "fee_tax_total" decimal(18, 4),
    "tax_total" decimal(18, 4) not null,
    "refunded_total" decimal(18, 4),
    "payment_method_title|payment_method" text,
    "billing_first_name" text,
    "billing_last_name" text,
    "billing_email" text not null,
    "billing_phone" text,
    "billing_city" text,
    "billing_state" text,
    "billing_country" text,
    "shipping_address_1" text,
    "shipping_address_2" text,
    "shipping_postcode" text,
    "item_name" text not null,
    "item_sku" text not null,
    "item_quantity" decimal(18, 4) not null,
    "item_subtotal" decimal(18, 4) not null,
    "item_total" decimal(18, 4) not null,
    _file integer,
    _row bigint
);
comment on table delivered.orders is 'Export of orders, CSV, one row per item';

create table delivered.products (
    "ID" text not null,
    "Type" text not null,
    "SKU" text not null,
    "Name" text not null,
    "Regular price" decimal(18, 4) not null,
    "Stock" decimal(18, 4),
    "Categories" text,
    "Brands" text,
    "Parent" text,
    "Cost of goods|Cost" decimal(18, 4),
    _file integer,
    _row bigint
);
comment on table delivered.products is 'optional: Products > Export; without it category and stock are missing';

set variable sale_statuses = ['completed', 'processing', 'refunded'];

-- A blank id is that of the row above.
create view rows_of_orders as
with named as (
    select
        * exclude ("order_id"),
        last_value("order_id" ignore nulls) over (partition by _file order by _row rows unbounded preceding) as order_id
    from delivered.orders
)

select * from named
where order_id is not null;

create view order_lines as
select
    order_id,
    row_number() over (partition by order_id order by _row) as line_number,
    item_sku as sku,
    item_name as product_name,
    item_quantity as quantity,
    item_subtotal / nullif(item_quantity, 0) as unit_price,
    item_subtotal as amount,
    item_subtotal - item_total as line_discount
from of_last_file('rows_of_orders')
where item_name is not null or item_quantity is not null;

create view order_heads as
with heads as (
    select
        order_id,
        of_head("date|order_date", _row) as ordered_at,
        regexp_replace(lower(of_head("status|order_status", _row)), '^wc-', '') as status,
        of_head("order_currency|currency", _row) as currency,
        of_head(billing_email, _row) as email,
        of_head(billing_phone, _row) as phone,
        of_head(billing_first_name, _row) as first_name,
        of_head(billing_last_name, _row) as last_name,
        of_head(billing_city, _row) as city,
        of_head(billing_state, _row) as state,
        of_head(billing_country, _row) as country,
        of_head("payment_method_title|payment_method", _row) as payment_method,
        of_head(concat_ws(', ', shipping_address_1, shipping_address_2, shipping_postcode), _row) as shipping_address,
        sum(item_total) as items,
        of_head(order_total, _row)
            - coalesce(of_head(shipping_total, _row), 0)
            - coalesce(of_head(fee_total, _row), 0)
            - coalesce(of_head(tax_total, _row), 0) as goods,
        coalesce(of_head(shipping_tax_total, _row), 0) + coalesce(of_head(fee_tax_total, _row), 0) as other_tax,
        coalesce(of_head(shipping_total, _row), 0) as shipping,
        coalesce(of_head(tax_total, _row), 0) as tax,
        of_head(refunded_total, _row) as refunded
    from of_last_file('rows_of_orders')
    group by order_id
)

-- The total of the tax holds that on shipping and fees or not, by version: the items say which.
select
    * exclude (items, other_tax, goods),
    case when abs(goods - other_tax - items) < abs(goods - items) then goods - other_tax else goods end as goods,
    [0] as order_discounts
from heads
where goods is not null;

-- Variations follow their product, which is not sold itself; its categories and brands are theirs.
create view catalogue as
select
    products."SKU" as sku,
    products."Name" as product_name,
    trim(split_part(split_part(coalesce(products."Categories", parents."Categories"), ',', 1), '>', 1)) as category,
    nullif(
        trim(split_part(split_part(coalesce(products."Categories", parents."Categories"), ',', 1), '>', 2)), ''
    ) as sub_category,
    coalesce(products."Brands", parents."Brands") as brand,
    products."Regular price" as price,
    products."Cost of goods|Cost" as cost,
    products."Stock" as stock_quantity
from delivered.products as products
left join delivered.products as parents
    on products."Parent" in ('id:' || parents."ID", parents."SKU")
where products."Regular price" is not null;
