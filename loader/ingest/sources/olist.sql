-- Olist: the files of the Brazilian marketplace's public data set. A row of items is one unit of a product.

create table delivered.orders (
    "order_id" text not null,
    "customer_id" text not null,
    "order_status" text not null,
    "order_purchase_timestamp" timestamp not null,
    _file integer,
    _row bigint
);
comment on table delivered.orders is 'olist_orders_dataset';

create table delivered.items (
    "order_id" text not null,
    "order_item_id" decimal(18, 4) not null,
    "product_id" text not null,
    "price" decimal(18, 4) not null,
    "freight_value" decimal(18, 4) not null,
    _file integer,
    _row bigint
);
comment on table delivered.items is 'olist_order_items_dataset';

create table delivered.payments (
    "order_id" text not null,
    "payment_type" text not null,
    "payment_value" decimal(18, 4) not null,
    _file integer,
    _row bigint
);
comment on table delivered.payments is 'optional: olist_order_payments_dataset; without it payment methods are missing';

create table delivered.customers (
    "customer_id" text not null,
    "customer_unique_id" text not null,
    "customer_city" text not null,
    "customer_state" text not null,
    _file integer,
    _row bigint
);
comment on table delivered.customers is 'olist_customers_dataset';

create table delivered.products (
    "product_id" text not null,
    "product_category_name" text not null,
    "product_photos_qty" text not null,
    _file integer,
    _row bigint
);
comment on table delivered.products is 'olist_products_dataset';

create table delivered.translations (
    "product_category_name" text not null,
    "product_category_name_english" text not null,
    _file integer,
    _row bigint
);
comment on table delivered.translations is 'optional: product_category_name_translation; without it in Portuguese';

set variable sale_statuses = ['approved', 'invoiced', 'processing', 'shipped', 'delivered'];

create view rows_of_orders as
select order_id, _file from delivered.orders;

create view order_lines as
select
    order_id,
    cast(order_item_id as bigint) as line_number,
    product_id as sku,
    1 as quantity,
    price as unit_price,
    price as amount
from delivered.items;

create view order_heads as
with

baskets as (
    select
        order_id,
        sum(price) as goods,
        sum(freight_value) as shipping,
        max(order_item_id) = count(*) as is_whole
    from delivered.items
    group by order_id
),

paid as (
    select
        order_id,
        sum(payment_value) as paid,
        arg_max(payment_type, payment_value) as payment_type
    from delivered.payments
    group by order_id
)

-- Units are numbered from one: a number that is not there was deleted.
select
    orders.order_id,
    orders.order_purchase_timestamp as ordered_at,
    orders.order_status as status,
    'BRL' as currency,
    customers.customer_unique_id as customer_ref,
    customers.customer_city as city,
    customers.customer_state as state,
    'Brazil' as country,
    case paid.payment_type
        when 'credit_card' then 'Credit Card'
        when 'debit_card' then 'Debit Card'
        when 'boleto' then 'Boleto'
        when 'voucher' then 'Voucher'
        else paid.payment_type
    end as payment_method,
    baskets.goods,
    case when baskets.is_whole then [0] else [] end as order_discounts,
    baskets.shipping,
    paid.paid
from delivered.orders as orders
left join delivered.customers as customers
    on orders.customer_id = customers.customer_id
left join baskets
    on orders.order_id = baskets.order_id
left join paid
    on orders.order_id = paid.order_id;

create view catalogue as
select
    products.product_id as sku,
    coalesce(translations.product_category_name_english, products.product_category_name) as category
from delivered.products as products
left join delivered.translations as translations
    on products.product_category_name = translations.product_category_name
where products.product_id in (select product_id from delivered.items);
